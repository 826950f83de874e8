"""From beds, balconies and roofs."""

from functools import partial

from posts.demo.drawing import charts, maps, workshops
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "amara.okafor",
        "Plan for next year, drawn between two night rounds on the back of a"
        " rota. Six beds; the beans move to where the chard was, because the"
        " chard has had it too good.\n\n"
        "What have I forgotten? 👩🏽‍🌾 #garden",
        said(
            "wei",
            "A bed for what you buy by accident in May.",
            said("amara.okafor", "That is all six of them."),
        ),
        said(
            "zeynep",
            "Parsley. One always forgets parsley, and then one needs it on the same evening.",
        ),
        said(
            "hana",
            "Somewhere to sit.",
            said("amara.okafor", "…I have forgotten somewhere to sit."),
            said("takumi", "I have a plank for this."),
        ),
        picture=Drawn(
            partial(maps.beds, names=("Beans", "Tomatoes", "Onions", "Chard", "Carrots", "Cosmos")),
            "A garden from above: six brown beds with rows of plants, labelled"
            " Beans, Tomatoes, Onions, Chard, Carrots and Cosmos, on both sides of a"
            " path that ends at a water butt.",
        ),
    ),
    story(
        "wei",
        "The lemon tree was a pip. My daughter put it into a yoghurt pot four"
        " years ago, and forgot it, and then so did I, and it did not mind."
        " Repotted today, with ceremony, into a pot by @hana. 🍋 #balcony #阳台",
        said(
            "farid",
            "Was there a speech?",
            said(
                "wei", "A short one. 'You are doing very well.' It was mostly meant for the tree."
            ),
        ),
        said(
            "hana",
            "I recognise that pot!",
            said("wei", "It's one of your seconds. It leans, and so does the tree, the other way."),
        ),
        picture=Drawn(
            workshops.seedling,
            "A small tree with round green leaves in a clay pot, on a window sill in"
            " pale morning light.",
        ),
    ),
    story(
        "wanda",
        "Frame seven of the oldest hive. Capped from wall to wall in the middle,"
        " and at the edges they are still arguing about it.\n\n"
        "Each of them makes a twelfth of a teaspoon in her life. I think about"
        " that when I leave the lid off the jar. #bees",
        said("marc", "Hexagons: the only tiles that I have never got right. Show-offs. 🐝"),
        said(
            "nadia",
            "A twelfth! And I just licked the spoon.",
            said("wanda", "They would have wanted you to. Slowly, though."),
        ),
        said(
            "mateus",
            "Why six corners? I ask so that I can send a class to you.",
            said("wanda", "Send them. I have nine small veils."),
        ),
        picture=Drawn(
            workshops.comb,
            "Honeycomb from close by. In the middle most of the cells are sealed"
            " with pale wax; towards the sides more of them are open, with dark honey"
            " in them.",
        ),
    ),
    story(
        "wanda",
        "The honest scale, April to September. You can see the lime trees (up),"
        " the week of rain (flat), the day I took honey (down, sorry), and a"
        " swarm leaving at 11:40 on a Sunday, while I was in the bath. Drawn for"
        " @kofi, who asked nicely. #bees #charts",
        said("kofi", "I would like to marry this chart."),
        said(
            "sanne",
            "The lime trees! I planned those lime trees! Well, I stopped somebody"
            " from cutting them down.",
            said("wanda", "That's about four kilos that you are owed."),
        ),
        said(
            "amara.okafor",
            "In the bath?",
            said(
                "wanda", "In a towel, on a roof, with a cardboard box. Ask anybody in the street."
            ),
        ),
        picture=Drawn(
            lambda dice: charts.curves(
                dice,
                "Weight of hive 3, in kg",
                {"hive 3": (28, 31, 36, 47, 55, 55, 56, 44, 47, 41, 40, 40)},
                ticks=("Apr", "May", "Jun", "Jul", "Aug", "Sep"),
            ),
            "A line chart of the weight of a hive from April to September: it climbs"
            " from 28 to 56 kilos, stays level for a while, drops to 44, and ends at"
            " 40.",
        ),
    ),
    story(
        "zeynep",
        "The school garden has made one (1) pumpkin. It is the size of an apple"
        " and has been given a seat in the canteen, a name (Osman) and a guard."
        "\n\n"
        "No, we will not make soup of Osman. #garden #school",
        said("mateus", "The guard rota is better organised than the staff meeting."),
        said("wei", "Grams?", said("zeynep", "They weighed him against a shoe. He is 0.8 shoes.")),
        said("nadia", "Long live Osman. 🎃"),
    ),
    story(
        "hana",
        "Moss has come up between the stones where I throw out the glaze water,"
        " in exactly the green that I can't get. I have apologised to it and"
        " taken notes. #garden #pottery",
        said("rosa.q", "What did the notes say?", said("hana", "'Be wet. Wait.'")),
    ),
    story(
        "amara.okafor",
        "Four in the morning, ward quiet. The man in bed nine asks what I grow."
        " Tomatoes, I say. 'Staked or strings?' Strings. He thinks for a good"
        " while. 'Right,' he says, and goes to sleep.\n\n"
        "I have never been so approved of. #garden #nights",
        said("tom_h", "I'd like that on my gravestone. 'Right.'"),
        said(
            "nadia",
            "From the pharmacy two floors down: he asked me the same on Monday. I"
            " said stakes. He did not sleep.",
            said("amara.okafor", "😂 I knew there was a reason."),
        ),
        said("elena_p", "❤️"),
    ),
    story(
        "wanda",
        "Reminder, because it's that time of year: a bee on the pavement isn't"
        " ill, she is out of fuel. A drop of sugar water on a leaf, then step"
        " back and let her get on with it. 🐝 #bees #smallwins",
        said("sanne", "Did this at the tram stop. Three people missed their tram to watch."),
        said(
            "noor",
            "It worked!! She did a circle around my head.",
            said(
                "wanda",
                "That is not a thank-you, she is learning where you are. But I'd take it as one.",
            ),
        ),
    ),
)
