"""From streets, trains, schools, libraries and kitchens with a fiddle in them."""

from posts.demo.drawing import screens, tables, towns
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "quang",
        "Eleven windows awake at ten to three. One kettle, two radios, somebody"
        " practising the same four bars on a muted trumpet, and a baby who had"
        " views on the trumpet.\n\n"
        "I recorded it all and did not publish it. Some things are only lent to"
        " you. #fieldrecording #nights",
        said(
            "amara.okafor",
            "Third floor, cool light: that's our ward. We wave.",
            said("quang", "I waved back. I felt silly and did it again."),
        ),
        said("oisin", "Same four bars is the whole of music, mind."),
        said("leila", "And in one of them somebody's plant is staying up, too. 🪴"),
        picture=Drawn(
            towns.windows,
            "A dark house front at night, five windows wide and nine high. Eleven of"
            " them are lit, most in yellow, and in one stands a plant.",
        ),
    ),
    story(
        "sanne",
        "Counted along the old harbour this morning: 61 houses, 3 benches, 0"
        " trees, and 214 parked cars that this picture is too polite to show.\n\n"
        "The public hearing is on the 9th. @ines brings the cake; you bring your"
        " grandmother, she will be listened to. #town",
        said(
            "ines",
            "The cake is in hand. How many grandmothers?",
            said("sanne", "I have reserved forty chairs."),
            said("ines", "Two trays."),
        ),
        said("giulia", "Ours remembers the trees. She has a photograph."),
        said("tom_h", "There was a boat ramp behind number 40, too."),
        picture=Drawn(
            towns.roofs,
            "A long row of narrow, colourful houses with pointed, stepped and round"
            " gables, mirrored in the water before them.",
        ),
    ),
    story(
        "giulia",
        "Inventory week. We are missing 14 books and have 3 that are not ours."
        " One is in a language that nobody here can place, has no stamp, and was"
        " returned on time. @farid, we need you. #library",
        said(
            "farid",
            "Photograph of a page?",
            said("giulia", "Sent!"),
            said("farid", "I don't know it either. I have not been this happy in months."),
        ),
        said(
            "elena_p",
            "The spine, third from the right on the middle shelf: who has hurt it?",
            said("giulia", "Tape. It was tape. I'm sorry that you had to see this."),
        ),
        said("salma", "It's shy. It came to be among its own kind."),
        picture=Drawn(
            tables.books,
            "Three dark wooden shelves full of books with red, blue, green, cream"
            " and yellow spines. Here and there one leans into a gap.",
        ),
    ),
    story(
        "quang",
        "Loudness of a small station, from the quarter past to the half hour."
        " The first hump is the train to the coast. The second one is my"
        " neighbour telling somebody that they have just missed the train to the"
        " coast. #fieldrecording #trains",
        said("priya", "I was on that train. I heard him through the window."),
        said(
            "bjorn",
            "The long quiet end is the best part.",
            said("quang", "It's twelve minutes. I use it to fall asleep."),
        ),
        picture=Drawn(
            screens.waves,
            "A sound wave as columns around a middle line: near silence, a tall"
            " orange swell, a second longer one, and a thin quiet end.",
        ),
    ),
    story(
        "mateus",
        "'Sir, when will I ever need this?'\n\n"
        "I have been asked this for 19 years, and today, for the first time,"
        " somebody else answered, from the last row, without looking up:"
        " 'Probably when you least know it.'\n\n"
        "I had to look out of the window for a while. #school",
        said(
            "zeynep",
            "Last row, red jumper? She takes two apples each day and leaves one on"
            " the janitor's desk.",
        ),
        said(
            "vikram",
            "Nineteen years. It takes that long for some light to get here, too.",
            said(
                "mateus", "I'm going to write this on the board tomorrow and not say who said it."
            ),
        ),
        said(
            "noor",
            "I asked you that. In 2018. I needed it on Tuesday, for a roof.",
            said("mateus", "NOOR. 🥹"),
        ),
    ),
    story(
        "oisin",
        "Went to the session with three tunes and came home with a fourth that"
        " nobody knows the name of. The box player had it from her uncle, the"
        " uncle had it from a ferry, and the ferry isn't saying. #music",
        said("bjorn", "Which ferry? This matters to me."),
        said(
            "marc",
            "Could you hum it? I need something for level two.",
            said("oisin", "Sent. It goes round for ever, so mind yourself."),
            said("marc", "It has been three hours. You could have warned me better."),
        ),
        said("quang", "🎻 Keep it unnamed a little longer."),
    ),
    story(
        "elena_p",
        "Found between pages 212 and 213 of a cookery book of 1931: a pressed"
        " violet, a tram ticket, and a list that reads, in full, 'eggs, thread,"
        " speak to Anna'.\n\n"
        "All of it goes back exactly where it was. That is the job. #books"
        " #library",
        said(
            "salma",
            "Did she speak to Anna?",
            said("elena_p", "The page is the one for wedding cake."),
            said("salma", "Oh! 🌸"),
        ),
        said("giulia", "And the ticket?", said("elena_p", "Single.")),
        said("farid", "I would read 300 pages of this list."),
    ),
    story(
        "priya",
        "The night train, carriage 12. A man across from me is teaching a"
        " stranger's child to fold a frog out of a reservation slip. It jumps. It"
        " really jumps. The conductor has been shown. The conductor has asked to"
        " be shown again. #trains #slow",
        said("giulia", "I missed my stop once for a paper crane. Did not regret it."),
        said(
            "takumi",
            "The frog is called kaeru, which also means 'to come home'. People keep"
            " one in the purse.",
            said("priya", "I have just told them. The child has put it into the conductor's hat."),
        ),
    ),
    story(
        "salma",
        "A whole story, since you asked for a short one:\n\n"
        "She kept the umbrella by the door for whoever might come without one."
        " It had not rained in that town for nine years. On the first wet morning"
        " there was a queue. #قصص",
        said(
            "giulia",
            "I would like to borrow this for the window of the library.",
            said("salma", "Keep it by the door."),
        ),
        said(
            "yannis",
            "The third floor has read it. She says nothing, but she has put out an umbrella. ☂️",
        ),
        said("farid", "May I translate it? The last sentence will be hard. It's all in 'queue'."),
    ),
    story(
        "noor",
        "There's a dog on the 14 who gets on alone, rides three stops and gets"
        " off. Today it was raining and he stood up to let an old lady sit down."
        " I know what I saw. #town",
        said("sanne", "He is in our passenger survey. Very satisfied."),
        said(
            "amara.okafor",
            "That's Baker. He goes to see the lady at the chemist's.",
            said("nadia", "I can confirm. He takes one biscuit, with water."),
        ),
        said("mateus", "He didn't pay, though."),
    ),
    story(
        "giulia",
        "Most borrowed this month: 1. the tide tables, 2. a crime novel with"
        " page 301 missing, 3. the sewing machine (yes, we lend it).\n\n"
        "Page 301 is behind the desk. Come and read it standing up, like"
        " everybody. #library #sewing",
        said(
            "tom_h",
            "You lend a SEWING MACHINE?",
            said("giulia", "And a telescope, a ladder, and, on Wednesdays, me."),
        ),
        said("oisin", "It was the sister. I've said too much."),
    ),
    story(
        "nadia",
        "An old man counted out his pills on my counter, looked up and said:"
        " 'You have a good voice for bad news.' I have been a pharmacist for 14"
        " years and nobody has ever paid me for exactly what I do. #words",
        said(
            "amara.okafor",
            "He's right, you know. I have heard you on the phone at four in the morning.",
        ),
        said("farid", "A sentence like a small medal."),
    ),
    story(
        "tom_h",
        "Good morning to the person who has left a radio on my step with a note"
        " that says 'it only gets one station but it's a good one'.\n\n"
        "It is. ☕ #repair",
        said(
            "quang",
            "Which frequency?",
            said("tom_h", "It doesn't say. The dial has been glued. Lovingly."),
        ),
    ),
)
