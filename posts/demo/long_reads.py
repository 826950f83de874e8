"""The few long posts of a demo, with code, quotes and paragraphs."""

LONG_READS = (
    """A note on keyset pagination, because I explained it twice this week.

OFFSET asks the database to find a thousand rows and throw them away. When somebody writes a post \
meanwhile, everything moves down by one and you see the last post of this page again on the next.

Ask for what comes after the last one you have seen:

```sql
SELECT id, created_at, content
FROM post
WHERE (created_at, id) < ('2024-05-04 10:12:33.123456', 4711)
ORDER BY created_at DESC, id DESC
LIMIT 20;
```

With an index on (created_at DESC, id DESC) the hundredth page costs what the first one does. \
The id is there for posts of the same microsecond: without it you skip one or repeat one.

What you lose: you can't jump to page 57. Nobody has ever wanted page 57.""",
    """How I cut our nightly job from 40 minutes to 50 seconds, in order of shame:

1. It opened a connection per row.
2. It asked for the same 900 authors 28,000 times.
3. It committed after every line, "to be safe".

```python
from itertools import islice

def batches(rows, size):
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch

for batch in batches(read(path), 1_000):
    with transaction():
        insert(batch)
```

That is all of it. A batch is still safe: if it breaks, that batch is not there, and the next run \
adds it, since every row knows its number.

The chart is here: https://example.org/talks/boring-databases \
(the y axis starts at zero, promise).""",
    """Slow bread, for people who have a job.

Evening: 450 g flour, 320 g water, 9 g salt, a spoon of starter. Stir. Cover. Sleep.

Morning: fold it four times, like a letter. Put it into the fridge. Go to work.

Evening: oven as hot as it goes, with the pot inside. Half an hour with the lid on, a quarter of \
an hour without.

What goes wrong:
- Flat: the starter was hungry. Feed it two days in a row.
- Pale: leave it in. No, longer.
- Stuck to the pot: flour under it, or paper. I use paper now and have my evenings back.

My grandmother did this without scales, without a fridge, and without writing about it.""",
    """Things I believe about caches, after ten years of being wrong about them:

> There are two hard things.

There is one: knowing that what you hold is still true. Names you can change later.

* A cache that is "usually right" is a bug with good manners.
* Deleting a key is a message. Messages get lost, come late, or overtake each other.
* If you can't say how old an answer may be, you have not designed it, you have only installed it.

```python
def read(key):
    current = generation()          # before the query, never after it
    page = store.get(key)
    if page and page.generation == current:
        return page
    return fill(key, current)       # kept only if nothing has changed meanwhile
```

The comment in the middle took me a week. https://example.org/notes/generations""",
    """We walked the whole old railway line on Saturday, all thirty-one kilometres of it.

The first ten are gravel and dogs. Then comes the viaduct, where you can see the sea if you want \
to see it hard enough. We had bread and cheese there, and an argument about whether a heron is \
blue or grey. (Grey. But ask again at sunset.)

After the tunnel nobody talks for a while. It is four hundred metres long and exactly as dark as \
you think, and somebody has painted a very small door on the wall, about half way.

The last station is a café now. They close at five. We were there at ten past.

A woman who was stacking chairs looked at our boots, said nothing, and put the kettle on.

Route, with the places to rest: https://example.com/walks?season=autumn&km=31""",
    """The shell script that has run our backups since 2011. I am afraid to touch it, so I will \
explain it instead:

```sh
#!/bin/sh
set -eu
day=$(date -u +%u)                      # 1..7: a week of copies, then they are overwritten
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
pg_dump --format=custom feed > "$tmp/feed.dump"
pg_restore --list "$tmp/feed.dump" > /dev/null   # a dump that can't be read is no backup
mv "$tmp/feed.dump" "/backup/feed-$day.dump"
```

The line with `pg_restore` was added in 2014. You can guess what happened in 2014.

If you copy one line from this, copy that one. If you copy two: <b>test</b> the restore & write \
down how long it took.""",
)
