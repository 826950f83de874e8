"""From looms, needles, tiles and very small screens."""

from functools import partial

from posts.demo.drawing import screens, textiles
from posts.demo.story import Drawn, said, story

MUG = (
    "................",
    ".....w....w.....",
    "......w....w....",
    ".....w....w.....",
    "................",
    "..bbbbbbbbbb....",
    "..bccccccccbbb..",
    "..brrrrrrrrb..b.",
    "..brrrrrrrrb..b.",
    "..brrwrrwrrb..b.",
    "..brrrrrrrrb..b.",
    "..brwrrrrwrbbb..",
    "..brrwwwwrrb....",
    "..brrrrrrrrb....",
    "...bbbbbbbb.....",
    "................",
)
SNAIL = (
    "....................",
    "......bbbbb.........",
    "....bbooooobb.......",
    "...boolllllobb...b.b",
    "...bolloooolob...b.b",
    "..boloollloolob..b.b",
    "..boloolooloolb.bggb",
    "..bolooloooolob.bgwb",
    "..boolollllloob.bggb",
    "...boolooooob.bbgggb",
    "....bboooobbbbgggggb",
    "..bbggbbbbggggggggb.",
    ".bggggggggggggggbb..",
    "..bbbbbbbbbbbbbb....",
)
MUG_COLOURS = {".": "#2c2f4a", "b": "#14162a", "c": "#6b3a1f", "r": "#d9635b", "w": "#f4e6b8"}
SNAIL_COLOURS = {
    ".": "#bfe0c8",
    "b": "#2b2233",
    "o": "#d98a3d",
    "l": "#f4c978",
    "g": "#9aa35a",
    "w": "#ffffff",
}

STORIES = (
    story(
        "rosa.q",
        "Four months, and off the loom today. The red is cochineal, the yellow"
        " is chilca, the dark is walnut, and the blue I swapped for a hen.\n\n"
        "Mi abuela: 'Está bien. Ahora hazlo de nuevo, pero sin mirar.' (It's"
        " good. Now do it again without looking.) #weaving #patterns",
        said(
            "hana", "Without looking!", said("rosa.q", "She can. She watches television meanwhile.")
        ),
        said(
            "marc",
            "I have just counted threads for twenty minutes. You have drawn a"
            " diamond with 13 pixels that I need 16 for. How?",
            said("rosa.q", "You start in the middle, and you breathe."),
        ),
        said("lindiwe", "How is the hen?", said("rosa.q", "Blue-blooded.")),
        picture=Drawn(
            partial(textiles.weaving, size=(880, 580)),
            "A woven cloth from close by, every thread a small square: bands of"
            " stepped diamonds in red, yellow, cream, plum and dark blue.",
        ),
    ),
    story(
        "dafna",
        "The yoke is done!! Two colours, no mistakes. (There is one mistake. If"
        " you find it, you keep it to yourself.) #knitting",
        said("noor", "Row…", said("dafna", "NO.")),
        said("ulla", "I see a perfectly good pullover with one undocumented feature."),
        said("elena_p", "Какая красота. I can look at this for a long time."),
        picture=Drawn(
            partial(textiles.knitting, size=(700, 560)),
            "Knitting from close by, in cream and dark blue: bands of small mirrored"
            " figures between plain blue rows.",
        ),
    ),
    story(
        "sanne",
        "A row a day for a hundred and twenty days, by the temperature at noon"
        " at the town hall clock. You can see the summer. You can also see the"
        " week in which the clock was broken and I went by feeling. 🧣 #knitting"
        " #charts",
        said("kofi", "A chart that one can wear! The end is a bit cold."),
        said(
            "dafna",
            "The fringe! You can do fringes!",
            said("sanne", "My hairdresser can do fringes."),
        ),
        said("aroha", "You could have gone by my wind log: 'rude', 'rude', 'gone'."),
        picture=Drawn(
            textiles.stripes,
            "A long upright scarf of thin stripes: blue at the top, then yellow and"
            " orange, red in the middle, and by yellow back to blue, with a fringe at"
            " both ends.",
        ),
    ),
    story(
        "leila",
        "Twenty-four tiles from one drawing. Each of them is the same quarter of"
        " a circle, only turned; whoever laid this floor had one stencil and a"
        " lot of patience.\n\n"
        "A colleague asked which way is up. The floor doesn't know. It's a"
        " floor. #doors #patterns",
        said("marc", "Twenty-four sprites, one tile set. My whole career on a kitchen floor."),
        said(
            "mateus",
            "How many floors are possible? Four turns, twenty-four tiles… I'll set it as homework.",
            said("leila", "And?"),
            said(
                "mateus",
                "A number with 15 digits. One of them asked whether you have walked on"
                " all of them.",
            ),
        ),
        picture=Drawn(
            textiles.mosaic,
            "Twenty-four square tiles in blue, turquoise, yellow and cream. On each"
            " there are quarter circles in one corner, turned this way and that,"
            " which join to waves and rings.",
        ),
    ),
    story(
        "marc",
        "128 by 128. It has taken a week, and it smiles. ☕ #pixelart",
        said("wanda", "I smile back each time. It is embarrassing."),
        said(
            "hana",
            "Shall I make it? In clay?",
            said("marc", "You would do that?!"),
            said("hana", "The handle will be round, though. You'll have to forgive it."),
        ),
        picture=Drawn(
            partial(screens.sprite, rows=MUG, colours=MUG_COLOURS),
            "A small pixel drawing of a red mug with a smiling face. Two wisps of"
            " steam rise from the coffee.",
        ),
    ),
    story(
        "marc",
        "New boss for level three. He is not dangerous. He is just in no hurry,"
        " and the door is behind him. Music by @oisin. 🐌 #pixelart #slow",
        said("oisin", "He takes the slow air at his own pace. I don't mind."),
        said(
            "noor",
            "How do you beat him?",
            said("marc", "You wait. Nobody in testing has managed it."),
        ),
        said("amara.okafor", "He has eaten my lettuce. I'd know that look anywhere."),
        picture=Drawn(
            partial(screens.sprite, rows=SNAIL, colours=SNAIL_COLOURS),
            "A small pixel drawing of a green snail with an orange spiral shell on a"
            " pale green ground, looking to the right.",
        ),
    ),
    story(
        "rosa.q",
        "Somebody offered me a machine that weaves in a day what I weave in a"
        " month. 'And what', I asked, 'would I do with the other twenty-nine?'\n\n"
        "He is still thinking. I gave him tea. #weaving #slow",
        said("takumi", "The machine also doesn't get the tea."),
        said("farid", "Please tell us when he answers."),
        said("ulla", "I know what I would do with them. I'd weave."),
    ),
)
