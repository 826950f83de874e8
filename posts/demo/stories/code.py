"""From desks: programs, and what they do to people."""

from posts.demo.drawing import screens
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "dafna",
        "FOUR HUNDRED AND TWELVE. On the first try. After three weeks. I have"
        " looked for the mistake in the mistake finder and there is none.\n\n"
        "I am going to bed and I am going to leave the light on so that I can"
        " look at it. #python #smallwins",
        said(
            "priya",
            "Did you run them all? 🙃",
            said("dafna", "I hate that this was my first thought as well. Yes. Twice."),
            said("wei", "恭喜, and once more tomorrow, when the time zone changes."),
        ),
        said("noor", "I don't know what this is, but I'm very happy for you."),
        said("nadia", "Framed. Next to the diploma."),
        picture=Drawn(
            lambda dice: screens.terminal(
                dice,
                (
                    "$ pytest",
                    "#collected 412 items",
                    "tests/test_dates.py ............................",
                    "tests/test_import.py ...................",
                    "tests/test_the_one_that_always_fails.py .",
                    "",
                    "+412 passed in 38.2 s",
                ),
            ),
            "A terminal: pytest has collected 412 items, among them"
            " test_the_one_that_always_fails, and says in green: 412 passed in 38.2 s.",
        ),
    ),
    story(
        "ulla",
        "Released 4.0.2. It fixes one thing. The thing was mine, it was eleven"
        " years old, and it was found by a fourteen-year-old who began her report"
        " with 'I am probably wrong, but'.\n\n"
        "She wasn't. Notes: https://example.org/releases/4.0.2 #opensource",
        said(
            "mateus",
            "I may know her. She read your answer aloud to the whole class. 💛",
            said("ulla", "Tell her that the next one is hers to fix, and I will sit beside her."),
        ),
        said("priya", "Best release notes I've seen: 'It was my fault. It is better now.'"),
        said("wei", "👏👏👏"),
    ),
    story(
        "priya",
        "Explaining an index to my mother:\n\n"
        "'You know how you find a recipe in the book?'\n"
        "'I know where it is.'\n"
        "'And if you didn't?'\n"
        "'I would ask your aunt.'\n\n"
        "And that, everybody, is a cache. #databases",
        said(
            "dafna",
            "And if the aunt moves?",
            said("priya", "Invalidation. Nobody told us. We rang at the old house for a year."),
            said(
                "giulia",
                "In libraries this is called 'the card is out of date', and it is how wars start.",
            ),
        ),
        said(
            "kofi",
            "Does your aunt have replicas?",
            said("priya", "She has opinions. They are eventually consistent."),
        ),
    ),
    story(
        "wei",
        "Today's bug, for the museum:\n\n"
        "    if weekday = 6:  # Saturday?\n\n"
        "The question mark has been in there since 2016. Somebody knew. #python"
        " #devlife",
        said(
            "dafna",
            "It's not even a syntax error in the language they thought they were writing in.",
        ),
        said("ulla", "A comment with a question mark is a cry for help."),
    ),
    story(
        "dafna",
        "Pair programming with my knitting teacher, who is 81 and has never"
        " touched a computer:\n\n"
        "'So it does the same row again and again until you say stop?'\n"
        "'Yes.'\n"
        "'And you forgot to say stop.'\n"
        "'…Yes.'\n"
        "'Everybody does that once. Mine was a sleeve.' #knitting #devlife",
        said(
            "rosa.q",
            "How long was the sleeve?",
            said("dafna", "They used it as a draught excluder. For years."),
        ),
        said("priya", "She found it faster than I would have."),
    ),
    story(
        "ulla",
        "An honest commit message:\n\n'Undo what I did on Friday. I was right on Thursday.'",
        said("priya", "Friday Ulla is a menace."),
        said("wei", "Monday me is everybody's senior engineer."),
    ),
)
