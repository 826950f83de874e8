"""The few long ones, with code, lists and paragraphs."""

from posts.demo.story import said, story

STORIES = (
    story(
        "priya",
        """Why page 100 of your list is slow, and why it shows the same post twice. I have \
explained this three times this week, so here it is in writing.

OFFSET asks the database to find two thousand rows and throw them away. That is the slow part. \
The wrong part is worse: when somebody writes a post meanwhile, everything moves down by one, \
and the last post of this page is the first one of the next.

Ask instead for what comes after the last one you have seen:

    SELECT id, created_at, content
    FROM post
    WHERE (created_at, id) < ('2024-05-04 10:12:33.123456', 4711)
    ORDER BY created_at DESC, id DESC
    LIMIT 20;

With an index on both columns the hundredth page costs what the first one does. The id is there \
for posts of the same microsecond: without it you skip one or repeat one, about once a year, \
always in front of somebody important.

What you lose: you can't jump to page 57.

Nobody has ever wanted page 57. #databases""",
        said(
            "wei",
            "I have wanted page 57. It was to see whether page 57 works.",
            said("priya", "That is the only known use."),
        ),
        said(
            "giulia",
            "Libraries do this with a bookmark. Since the twelfth century or so.",
            said("priya", "I'm going to say so in the next talk and I'm going to name you."),
        ),
        said("dafna", "'Always in front of somebody important' is the truest line in here."),
        said("noor", "I understood about half of it and would read the other half again."),
    ),
    story(
        "oisin",
        """A tune has no author where I come from; it has a last person who played it to you. \
So, for the record, this is how 'the one from the ferry' came to me, and @bjorn may correct me.

The box player's uncle worked the crossing for thirty winters. There was a stoker on it, a quiet \
man, who had one tune and played it on a whistle with five holes, because the sixth was broken. \
That is why it never goes down to the low note. I had thought that was style.

When the stoker left he gave away the whistle, not the tune. 'You have it already,' he said.

The uncle played it on the box, which has all the notes, and left out the low one all the same. \
She plays it so. I play it so. Last night a young one at the session put the low note in, and \
the whole table looked up as though somebody had opened a door.

It was lovely. It was also wrong. We let her have it. In thirty winters somebody will write down \
that this is how it goes. #music #slow""",
        said(
            "bjorn",
            "I asked around. There was a stoker. He's ninety-one, and he says it was"
            " never broken, he just could not reach.",
            said("oisin", "BJØRN."),
            said(
                "quang",
                "I have a recorder, a free weekend, and a great respect for ninety-one-year-olds.",
            ),
            said("bjorn", "He says come, and bring a whistle with six."),
        ),
        said("elena_p", "We call it a tear that has become part of the book."),
        said("rosa.q", "My grandmother has a knot like this."),
    ),
    story(
        "ines",
        """Slow bread, for people who have a job. You asked; here it is, and it is shorter than \
you think.

Evening: 450 g flour, 320 g water, 9 g salt, a spoon of starter. Stir. Cover. Go to bed.

Morning: fold it four times, like a letter. Into the fridge. Go to work.

Evening: the oven as hot as it goes, with the pot inside. Half an hour with the lid on, a \
quarter of an hour without.

What goes wrong:
- Flat: the starter was hungry. Feed it two days in a row.
- Pale: leave it in. No, longer.
- Stuck to the pot: use paper. I use paper and have my evenings back.
- 'It isn't like yours': mine has an oven of eleven tons around it. Yours has you.

Do not buy anything for it. No basket, no lamp, no special knife. People did this without scales \
and without a fridge, and without writing about it.

Show me the ugly ones. #bread #kitchen #slow""",
        said(
            "bjorn", "Second Mate approves, but says that the water should be at sea temperature."
        ),
        said(
            "sanne",
            "Mine is flat. It's so flat that I have counted it as a parking space.",
            said("ines", "Feed her two days. Both meals."),
        ),
        said("mateus", "'Fold it like a letter' made it click. Before, I was fighting it."),
        said(
            "nadia",
            "Ugly one, reporting. 🍞 Where do I send her?",
            said("ines", "Just say what she tastes like."),
            said("nadia", "Like Sunday."),
            said("ines", "Then she is not ugly."),
        ),
    ),
    story(
        "ulla",
        """What I have learned from eleven years of answering strangers about a library that \
does one thing:

People who are rude are mostly afraid. There is a deadline somewhere that you can't see. Answer \
the deadline.

'It doesn't work' is a complete sentence. Your documentation is what comes before it.

Nobody reads the changelog, and everybody reads the first line of the changelog.

If three people make the same mistake, it is yours.

Say no on the first day and kindly. A maybe is a no that you make somebody wait for.

You may close the laptop. I've looked: the internet was still there afterwards, and so was the \
lake.

And keep the letters. I have a folder called 'weather' with every thank-you that I ever got. \
There are forty-one. I read it in November. #opensource #devlife""",
        said(
            "wei",
            "Forty-two. Your date parser has been quietly right in my balcony since"
            " 2019. Thank you.",
            said("ulla", "Into the folder. 💙"),
        ),
        said(
            "priya",
            "'A maybe is a no that you make somebody wait for': going to think about"
            " that for a week.",
        ),
        said("takumi", "四十三。"),
        said(
            "tom_h", "Forty-four. I don't know what it does, but somebody's bike shop runs on it."
        ),
    ),
    story(
        "giulia",
        """An inventory of what people have used as a bookmark, from the returns box, this year \
so far:

a bus ticket (31)
a receipt (27)
a feather (6)
a slice of cheese, in film (1)
a photograph of a dog (4; the same dog, three different people)
a fine from this library (2)
a letter that begins 'Don't read this' (1; I did not)
a sock (1)
a four-leafed clover (1)
somebody's place in a queue, number 88 (1)

We keep them in a drawer with the date and the shelf mark. If you have lost your place, come and \
ask. We will find the page as well. #library #books""",
        said("elena_p", "The cheese. I can't sleep."),
        said(
            "tom_h",
            "The dog is Baker. Everybody has a photograph of Baker.",
            said("noor", "I have four!"),
        ),
        said(
            "salma",
            "Number 88 is still waiting somewhere. I'm writing it down before it gets away.",
        ),
        said("kofi", "Horizontal bars, sorted, sock in orange. Give me ten minutes."),
    ),
)
