"""Charts, and what is behind them."""

from posts.demo.drawing import charts
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "priya",
        "Half a year of one afternoon per week. Nothing clever: we deleted tests"
        " that tested the framework, stopped building things twice, and asked of"
        " every step 'who reads this?'\n\n"
        "For @dafna, who did not believe me. #devlife #charts",
        said(
            "dafna",
            "The jump in May?",
            said(
                "priya",
                "We found out that the slow machine was building the fast machine. Every"
                " time. Since 2019.",
            ),
            said("dafna", "I need to lie down."),
        ),
        said("kofi", "Axis starts at zero. I'm a simple man: I see that, I like it."),
        said("ulla", "'Who reads this?' should be printed on mugs."),
        picture=Drawn(
            lambda dice: charts.curves(
                dice,
                "Minutes from commit to green",
                {"ours": (41, 40, 38, 19, 11, 8), "theirs": (36, 37, 37, 39, 38, 40)},
                ticks=("Mar", "Apr", "May", "Jun", "Jul", "Aug"),
            ),
            "A line chart, minutes from commit to green, March to August. Ours falls"
            " from 41 to 8, most of it in June; theirs goes from 36 to 40.",
        ),
    ),
    story(
        "kofi",
        "Somebody sent me this as 'bakeries: sales explode at weekends', with"
        " the axis cut off at 35. So I asked @ines for the real numbers and drew"
        " it from zero.\n\n"
        "It's still a good story. It just has its feet on the ground. #charts"
        " #bread",
        said("ines", "Saturday is mostly one family. They know who they are."),
        said(
            "sanne",
            "Could you do parking next? Please? With both feet?",
            said("kofi", "Send numbers. I accept spreadsheets, photographs and napkins."),
        ),
        said("mateus", "Stolen for tomorrow: 'what is the artist hiding?'"),
        picture=Drawn(
            lambda dice: charts.bars(
                dice,
                "Loaves sold, by day",
                {"Mon": 62, "Tue": 58, "Wed": 64, "Thu": 66, "Fri": 81, "Sat": 96},
                marked="Sat",
            ),
            "A column chart of loaves sold by day: Monday 62, Tuesday 58, Wednesday"
            " 64, Thursday 66, Friday 81 and, in orange, Saturday 96.",
        ),
    ),
    story(
        "kofi",
        "One dot per hive and week, from @wanda's roof. Warm days make heavy"
        " hives; that is the orange line. The red dot, top left, is the week"
        " somebody left a bucket of sugar water next to the scale.\n\n"
        "Never delete an outlier before you have asked it its name. #charts #bees",
        said("wanda", "Its name is Piotr and he has apologised."),
        said(
            "ulla", "'…before you have asked it its name.' Excuse me while I reopen three tickets."
        ),
        said(
            "mateus",
            "I love everything about this, most of all Piotr.",
            said("wanda", "He is reading along. He's very red. Like the dot."),
        ),
        picture=Drawn(
            lambda dice: charts.dots(
                dice,
                "Warm days and what a hive gains",
                across="warm days in the week",
                up="kg gained",
            ),
            "A cloud of violet dots that rises from lower left to upper right along"
            " an orange line: the more warm days, the more a hive gains. One red dot"
            " sits alone at the upper left.",
        ),
    ),
    story(
        "wei",
        "A whole year of watering, one square per day. The pale stripes are"
        " business trips. The tomatoes noticed every single one of them. #balcony"
        " #charts",
        said("amara.okafor", "You have data on your guilt. I only have the guilt."),
        said("hana", "It would make a lovely glaze test."),
        said(
            "kofi",
            "Weekends are paler! You water less when you are at home?",
            said("wei", "On Saturdays my daughter waters. She does not believe in recording it."),
        ),
        picture=Drawn(
            lambda dice: charts.calendar(dice, "Litres on the balcony, day by day"),
            "A wide calendar of small squares, a column for each week of a year,"
            " from pale to dark green: the darker, the more water. The two lowest"
            " rows, the weekends, are paler.",
        ),
    ),
    story(
        "kofi",
        "Three questions I ask of every chart, my own first:\n\n"
        "1. What would it look like if the opposite were true?\n"
        "2. What was left out, and who decided?\n"
        "3. Would the people in it recognise themselves?\n\n"
        "The third has cost me the most work and saved me the most apologies."
        " #charts",
        said("sanne", "The third should be on the wall at city hall."),
        said("lindiwe", "2b: were they hiding in the reeds?"),
        said(
            "mateus",
            "We did this in class with the canteen survey. Two hands went up at"
            " number 3 and it changed the whole chart.",
        ),
    ),
    story(
        "wei",
        "Measured it, since we argued about it at dinner: grams of tomatoes per"
        " tomato plant, by who talks to it. My daughter has won, and she wants it"
        " to be published. #balcony #charts",
        said(
            "kofi",
            "Sample size?",
            said("wei", "One plant each. She says that I am only saying this because I lost."),
        ),
        said(
            "amara.okafor",
            "What does she say to it?",
            said("wei", "She reads to it. At the moment something with dragons. 🐉"),
        ),
        picture=Drawn(
            lambda dice: charts.bars(
                dice,
                "Grams per plant, by who talks to it",
                {"nobody": 610, "me": 655, "my wife": 720, "my daughter": 940},
                colour="#6d8f3a",
                marked="my daughter",
            ),
            "A column chart of grams of tomatoes per plant, by who talks to it:"
            " nobody 610, me 655, my wife 720 and, in orange, my daughter 940.",
        ),
    ),
)
