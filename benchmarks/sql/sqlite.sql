-- As postgresql.sql, but without generate_series.
WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < AUTHORS)
INSERT INTO posts_user (username, password, first_name, last_name, email, display_name,
                        is_staff, is_active, is_superuser, date_joined)
SELECT 'u' || n, '!', '', '', '', 'Author ' || n, 0, 1, 0, '2020-01-01 00:00:00' FROM s;

WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < POSTS),
               t(n, moment) AS (SELECT n, datetime('2020-01-01', n || ' seconds') FROM s)
INSERT INTO posts_post (author_id, content, image_url, created_at, updated_at)
SELECT 1 + n % AUTHORS, substr('Post ' || n || ' ' || hex(zeroblob(125)), 1, 250), '', moment, moment
  FROM t;

INSERT INTO posts_like (post_id, user_id, created_at)
SELECT id, author_id, created_at FROM posts_post;

INSERT INTO posts_comment (post_id, author_id, content, created_at)
SELECT id, author_id, 'Yes.', created_at FROM posts_post WHERE id % 2 = 0;

ANALYZE
