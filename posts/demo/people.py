# ruff: noqa: RUF001 -- many scripts are the point
"""The people of a demo. All of them are made up."""

from typing import NamedTuple


class Author(NamedTuple):
    username: str
    display_name: str
    topics: str  # what they write about: names of TOPICS
    bio: str
    language: str = ""  # one of OTHER_LANGUAGES, now and then, and English else


AUTHORS = (
    Author(
        "amara.okafor",
        "Amara Okafor",
        "garden kitchen town",
        "Night-shift nurse, day-shift gardener. Three raised beds and one opinionated cat."
        " I answer slowly and mean it.",
    ),
    Author(
        "leila",
        "ليلى حداد",
        "town kitchen books",
        "معمارية. أرسم الأبواب القديمة وأخبز يوم الجمعة.\n"
        "Architect. I draw old doors and measure them twice. #doors",
        language="ar",
    ),
    Author(
        "tom_h",
        "Tom Hargreaves",
        "workshop bicycles town",
        "I repair bicycles, radios and the odd friendship. The workshop is open on Thursdays:"
        " bring the broken thing, and biscuits. #repair",
    ),
    Author(
        "priya",
        "Priya Nair",
        "code trains books",
        "Backend engineer. I make slow things fast and fast things understandable."
        " Postgres, night trains, tiny notebooks.",
    ),
    Author(
        "takumi",
        "佐藤 匠",
        "workshop hills",
        "木工。主にスプーン。週末は山にいます。\n"
        "Woodworker, spoons mostly. Away at weekends: there is a hill.",
        language="ja",
    ),
    Author(
        "ines",
        "Inés Aguirre",
        "kitchen town",
        "Panadera. Up at three so that you needn't be. I reply between two batches. #bread",
        language="es",
    ),
    Author(
        "bjorn",
        "Bjørn Halvorsen",
        "sea kitchen music",
        "Ferry engineer on the long crossing. Fog, engines, rye bread. My grandfather kept a"
        " lighthouse; I only keep watch.",
    ),
    Author(
        "dafna",
        "דפנה לוי",
        "code yarn",
        "מתכנתת ביום, סורגת בלילה.\n"
        "Developer by day, knitter by night. The tests pass; the sleeves don't.",
        language="he",
    ),
    Author(
        "lindiwe",
        "Lindiwe Dlamini",
        "birds hills",
        "I count birds, for a living and then again for pleasure. Wetlands, spectrograms,"
        " coffee before sunrise. #birds",
    ),
    Author(
        "elena_p",
        "Елена Петрова",
        "books town",
        "Реставрирую книги: клей, терпение, тонкая бумага.\n"
        "Book conservator: paste, patience and thin paper.",
        language="ru",
    ),
    Author(
        "oisin",
        "Oisín Byrne",
        "music sea",
        "Plays the fiddle badly in public and rather well in the kitchen. Maps, tunes, rain.",
    ),
    Author(
        "hana",
        "김하나",
        "pottery garden",
        "도자기 만드는 사람. Potter. A glaze test is a failed bowl with a number on it.",
        language="ko",
    ),
    Author(
        "mateus",
        "Mateus Oliveira",
        "school music town",
        "Teaches mathematics to fourteen-year-olds, who teach him everything"
        " else. Chess in the park on Sundays, weather permitting or not.",
        language="pt",
    ),
    Author(
        "sanne",
        "Sanne de Vries",
        "bicycles town charts",
        "City planner. Counts parking spaces that could be trees. Goes everywhere by bicycle,"
        " also in sideways rain.",
    ),
    Author(
        "vikram",
        "विक्रम सिंह",
        "sky school",
        "A roof, a telescope, a patient family. चाय और तारे। I will tell you which planet that is,"
        " even if you did not ask. #nightsky",
        language="hi",
    ),
    Author(
        "rosa.q",
        "Rosa Quispe",
        "yarn hills",
        "Tejo lo que veo. I weave on a backstrap loom and dye with what grows"
        " beside the path. #weaving",
        language="es",
    ),
    Author(
        "farid",
        "فرید رحیمی",
        "books kitchen",
        "مترجم. Translator between three languages, at home in the spaces. Tea first.",
        language="fa",
    ),
    Author(
        "giulia",
        "Giulia Conti",
        "books town trains",
        "Librarian. I know where it is, and I also know who has it. #library",
    ),
    Author(
        "kofi",
        "Kofi Mensah",
        "charts code",
        "Draws charts for a newspaper. My axes start at zero and my days at six.",
    ),
    Author(
        "wei",
        "陈伟",
        "garden charts code",
        "阳台上种菜的程序员。\n"
        "Grows vegetables on a balcony of four square metres and plots all they"
        " do. #balcony",
        language="zh",
    ),
    Author(
        "aroha",
        "Aroha Ngata",
        "sea sky",
        "Teaches people to sail small boats and to be wrong about the wind with dignity. #sailing",
    ),
    Author(
        "zeynep",
        "Zeynep Aydın",
        "kitchen garden",
        "Cooks for two hundred on weekdays and for four on Sundays. School"
        " kitchen, big pots, strong arms.",
    ),
    Author(
        "quang",
        "Nguyễn Minh Quang",
        "music town trains",
        "Sound recordist. I collect night markets, kettles and the silence after"
        " trains. #fieldrecording",
    ),
    Author(
        "yannis",
        "Γιάννης Παππάς",
        "workshop sea",
        "Ηλεκτρολόγος σε σύνταξη. Retired electrician; I mend the neighbours'"
        " lamps and lose at backgammon.",
        language="el",
    ),
    Author(
        "ulla",
        "Ulla Virtanen",
        "code hills",
        "I look after a small library that you depend on and have never heard"
        " of. Skis, sauna, semver.",
    ),
    Author(
        "nadia",
        "Nadia Benali",
        "kitchen school books",
        "Hospital pharmacist. I measure twice at work and not at all at home.",
    ),
    Author(
        "wanda",
        "Wanda Kowalczyk",
        "bees garden charts",
        "Keeps eleven hives on a roof in town, and one honest scale. Ask me about swarms. #bees",
    ),
    Author(
        "marc",
        "Marc Tremblay",
        "pixels music",
        "Pixel by pixel. Sixteen colours ought to be enough, and eight are better. #pixelart",
    ),
    Author(
        "salma",
        "سلمى السيد",
        "books kitchen town",
        "أكتب قصصًا قصيرة وأمشي مسافات طويلة.\nShort stories, long walks, mint tea.",
        language="ar",
    ),
    Author(
        "noor",
        "Noor Jansen",
        "workshop bicycles yarn",
        "Apprentice carpenter, first year. I am the one who asks.",
    ),
)
