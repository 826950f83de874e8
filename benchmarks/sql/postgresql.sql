-- POSTS posts by AUTHORS authors, one per second. Each has a like, and every second one a comment.
INSERT INTO posts_user (username, password, first_name, last_name, email, display_name,
                        is_staff, is_active, is_superuser, date_joined)
SELECT 'u' || n, '!', '', '', '', 'Author ' || n, false, true, false, now()
  FROM generate_series(1, AUTHORS) n;

INSERT INTO posts_post (author_id, content, image_url, created_at, updated_at)
SELECT first.id + n % AUTHORS, rpad('Post ' || n || ' ', 250, 'lorem ipsum '), '', moment, moment
  FROM (SELECT min(id) AS id FROM posts_user) first,
       generate_series(1, POSTS) n,
       LATERAL (SELECT timestamptz '2020-01-01 00:00:00Z' + n * interval '1 second') t(moment);

INSERT INTO posts_like (post_id, user_id, created_at)
SELECT id, author_id, created_at FROM posts_post;

INSERT INTO posts_comment (post_id, author_id, content, created_at)
SELECT id, author_id, 'Yes.', created_at FROM posts_post WHERE id % 2 = 0;

VACUUM ANALYZE
