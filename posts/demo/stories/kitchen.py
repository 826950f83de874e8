"""From ovens, pots and tables."""

from posts.demo.drawing import tables
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "ines",
        "First one out of the oven. I cut it like an ear of wheat because it was"
        " ten to four and there was nobody up to stop me. #bread",
        said(
            "amara.okafor",
            "Came off shift at six and smelled your street before I saw it.",
            said(
                "ines",
                "The side door is open until seven. Bring your tired feet.",
                said("amara.okafor", "They are on their way."),
            ),
        ),
        said(
            "takumi",
            "The leaves are so even. Freehand?",
            said(
                "ines",
                "Freehand, with my grandmother's razor. She would say that the third one"
                " is crooked.",
            ),
            said("takumi", "It is, a little. I won't tell her."),
        ),
        said("bjorn", "Flour or semolina on top? Mine always burns."),
        picture=Drawn(
            tables.loaf,
            "A round, dark loaf from above on a wooden board, dusted with flour and"
            " cut like an ear of wheat.",
        ),
    ),
    story(
        "zeynep",
        "Lentil soup for two hundred: forty kilos of onions, three pots, one"
        " radio.\n\n"
        "A very small first-year came back for a fourth bowl and asked whether I"
        " also do birthdays. #kitchen",
        said(
            "nadia",
            "And? Do you?",
            said("zeynep", "It is on the 14th. There will be soup with a candle in it."),
            said(
                "mateus",
                "I was going to ask how old, but with four bowls that is nobody's business.",
            ),
        ),
        said(
            "farid",
            "The red bits on top: dried mint and pepper in butter, or am I dreaming?",
            said("zeynep", "You are not dreaming. Butter first, then pepper, off the heat."),
        ),
        picture=Drawn(
            lambda dice: tables.bowl(dice, "#d27a2e", ("#f4e7c6", "#5d7f3a", "#8c2f1d")),
            "A white bowl of orange soup from above, with small bits of green, cream"
            " and dark red on it. It stands on a blue and white checked cloth; a"
            " spoon lies to the right.",
        ),
    ),
    story(
        "nadia",
        "Cardamom buns. I counted them when they went in, and I counted them"
        " when they came out, and these are two different numbers.\n\n"
        "My son has sugar on his chin and no comment. #kitchen #smallwins",
        said("wanda", "Twelve minus one is still a success."),
        said(
            "mateus",
            "I teach this. It is called evidence.",
            said("nadia", "He says that it is called a tasting."),
            said("ines", "He's hired."),
        ),
        picture=Drawn(
            tables.tray,
            "A baking tray with room for twelve. Eleven rolled buns with sugar on"
            " them; where the twelfth should be there are only crumbs.",
        ),
    ),
    story(
        "amara.okafor",
        "Put the allotment into jars before the frost could. Five sorts, one"
        " burn, no regrets.\n\n"
        "I have two of each to give away. Swap for: bread (@ines?), gossip,"
        " somebody to sharpen my secateurs (@tom_h?). #kitchen #garden",
        said("ines", "Bread. Obviously bread. Plum, please."),
        said(
            "tom_h",
            "I sharpen on Thursdays and I like gherkins.",
            said("amara.okafor", "See you on Thursday, then."),
            said("noor", "I could do it! I have just learned how. On chisels, but still."),
        ),
        said(
            "salma",
            "I have gossip, but it is about the cat.",
            said("amara.okafor", "Mine?! Two jars."),
        ),
        picture=Drawn(
            lambda dice: tables.jars(dice, ("plum", "apricot", "gherkin", "beetroot", "mustard")),
            "Five full jars on a wooden shelf, red, orange, green, dark purple and"
            " yellow. The labels read plum, apricot, gherkin, beetroot and mustard.",
        ),
    ),
    story(
        "bjorn",
        "It turns out that the shelf above the port engine is 27 degrees, day"
        " and night, in any weather. Which is what a rye starter wants.\n\n"
        "The chief engineer has named it. It is on the crew list now. #bread #sea",
        said("ines", "What is it called?", said("bjorn", "Second Mate.")),
        said("aroha", "Does it get shore leave?"),
        said("oisin", "This is the best use of an engine I have heard of."),
    ),
    story(
        "farid",
        "There are four words in my first language for the silence after the tea"
        " has been poured. In my second there is one, and it is 'well'. In my"
        " third people reach for the biscuits.\n\n"
        "I am paid to translate this. #words #ترجمه",
        said("elena_p", "In mine the silence has a verb. You can sit it."),
        said(
            "salma",
            "And the word for a glass that somebody has left half full on purpose,"
            " so as to stay longer?",
            said("farid", "You have given me my evening. Thank you."),
            said("leila", "At our house that is called 'my uncle'."),
        ),
        said("yannis", "With coffee we just argue."),
    ),
    story(
        "giulia",
        "A cookbook came back today with a stain on page 47 and a note in"
        " pencil: 'Sorry. But do make this one.'\n\n"
        "I made it. Page 47 has two stains now. #library #kitchen",
        said(
            "elena_p",
            "As a conservator I should object. What is on page 47?",
            said("giulia", "Aubergines, vinegar, far too much mint."),
            said("elena_p", "Then I have seen nothing."),
        ),
        said("zeynep", "The good recipes are the pages that stick together."),
        said("nadia", "I was the first stain. Hello."),
    ),
    story(
        "mateus",
        "Sunday: beans on the fire since nine, chess in the park since ten. I"
        " have lost two games to the same pensioner. The beans are doing well."
        " #games",
        said(
            "yannis",
            "Which opening?",
            said("mateus", "His. Always his."),
            said("yannis", "Learn backgammon. Then you can blame the dice."),
        ),
        said("kofi", "Beans: 1. Mateus: 0. I could chart it."),
    ),
    story(
        "ines",
        "Closed on Thursday: the oven is 31 years old and is having its bricks"
        " looked at. If you need bread for the weekend, say so here and I will"
        " bake double on Wednesday. #bread #town\n\n"
        "Edit: Friday, not Thursday! The bricks have a dentist's appointment of"
        " their own.",
        said("sanne", "Two rye, please, and good luck to the bricks."),
        said("zeynep", "A dozen of the flat ones?", said("ines", "A dozen, and one for the cook.")),
        said("tom_h", "I know a man for oven doors, if the hinge is still the hinge."),
        edited=True,
    ),
    story(
        "dafna",
        "Dinner for one who has been debugging since noon:\n\n"
        "1. Boil water.\n"
        "2. Forget the water.\n"
        "3. Find the bug.\n"
        "4. Boil water again.\n"
        "5. Noodles, standing up, triumphant. 🍜",
        said("priya", "Step 2 is load-bearing."),
        said(
            "zeynep",
            "Come by. I have two hundred portions and they sit down with them.",
            said("dafna", "This is the nicest thing anybody has said to me all sprint."),
        ),
    ),
    story(
        "zeynep",
        "Today's soup was voted 'better than pizza' by table six. I have asked"
        " for it in writing. #smallwins #kitchen",
        said("mateus", "I was supervising table six. It was not unanimous, but it was loud."),
    ),
)
