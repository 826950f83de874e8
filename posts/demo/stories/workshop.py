"""From workbenches: things that are made and things that are mended."""

from posts.demo.drawing import textiles, towns, workshops
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "tom_h",
        "Thirty-two spokes. Thirty-one came from the shop; one came off the bike"
        " of a girl who is nine and has views.\n\n"
        "'It has to be red, otherwise how will I know that it's turning?'\n\n"
        "She isn't wrong. #repair #bicycles",
        said("sanne", "I want to live in the city that she plans."),
        said(
            "noor",
            "I trued it! Well, the last half millimetre. Tom breathed on it.",
            said("tom_h", "She trued it. I only worried."),
        ),
        said(
            "mateus",
            "How many turns to school and back? Asking for tomorrow, third lesson.",
            said("tom_h", "About 1,900, she says. She counted with the red one."),
        ),
        picture=Drawn(
            workshops.wheel,
            "A bicycle wheel from the side on a pale ground, its thin spokes"
            " crossing one another. All are silver but for a single red one.",
        ),
    ),
    story(
        "takumi",
        "Seven from one branch of cherry and what the plum tree dropped. No two"
        " the same length: I cut where the wood wanted to stop. #woodwork #slow",
        said(
            "noor",
            "How do you know when to stop?",
            said(
                "takumi", "When I like it, I stop. When I love it, I have already taken too much."
            ),
            said("noor", "I'm writing this on the wall."),
        ),
        said(
            "zeynep",
            "The third from the left has the right shape for tasting. How much?",
            said("takumi", "One soup."),
        ),
        picture=Drawn(
            workshops.spoons,
            "Seven carved wooden spoons side by side on dark blue cloth, pale and"
            " dark, each of another length.",
        ),
    ),
    story(
        "noor",
        "Question from the apprentice: why does everybody in the shop measure"
        " from the 10 instead of from the end of the tape, and why did nobody"
        " tell me BEFORE I cut eight shelves one decimetre short? #woodwork",
        said(
            "takumi",
            "Because the hook at the end is loose. And because somebody once cut eight shelves.",
            said("noor", "Was it you?"),
            said("takumi", "It was twelve."),
        ),
        said(
            "tom_h",
            "The hook is loose on purpose: it moves by its own thickness, so that"
            " inside and outside both come out right. It's the cleverest thing in"
            " your pocket.",
            said("noor", "WHAT."),
            said("yannis", "Fifty years with a tape in my pocket, and now I hear this."),
        ),
        said("hana", "Short shelves are just shelves for short things. Send them here."),
    ),
    story(
        "hana",
        "Opened the kiln. Twenty-four tiles, from 'a bit of copper' to 'somebody"
        " leaned on the cobalt'.\n\n"
        "Number 13 is the sea at four in the afternoon. I have no idea how I did"
        " that, and my notes say 'as 12, but more'. #pottery",
        said("rosa.q", "13 and 14. I would like to wear them."),
        said("wei", "'As 12, but more' is how our whole configuration is documented."),
        said(
            "dafna",
            "Reproducible builds are a problem in every trade, I see.",
            said("hana", "At least your failures don't have to be glued back together."),
            said("ulla", "Hana. They do. They so do."),
        ),
        picture=Drawn(
            workshops.glazes,
            "Twenty-four numbered test tiles in three rows. From left to right the"
            " glaze goes from pale green to deep blue, and on each it has run a"
            " little.",
        ),
    ),
    story(
        "hana",
        "오늘 가마에서 하나 깨졌어요. One cracked, right through. I have put it"
        " on the sill with the others. The light comes through the crack at about"
        " five. #pottery #도자기",
        said("takumi", "Then it is not finished, only different."),
        said("amara.okafor", "I would buy it for the five o'clock."),
    ),
    story(
        "yannis",
        "The lady from the third floor brought me a lamp: 'Dead for thirty-eight"
        " years.' A wire. It was one wire.\n\n"
        "We sat under it for an hour without a word, like two people at the sea."
        " #repair",
        said("tom_h", "One wire, thirty-eight years."),
        said(
            "salma",
            "May I use this? I would change only the floor.",
            said("yannis", "Leave the floor. She will read it."),
        ),
        said("nadia", "💡❤️"),
    ),
    story(
        "tom_h",
        "Sign on the workshop door, as amended by visitors:\n\n"
        "'IF IT IS BROKEN, BRING IT.\n"
        "if it isn't broken bring it anyway (M.)\n"
        "no more toasters (T.)\n"
        "one more toaster (M.)'\n\n"
        "#repair #town",
        said(
            "giulia",
            "Who is M.?",
            said("tom_h", "We don't know. There are already two more toasters."),
        ),
        said("wanda", "M. for Mystery."),
    ),
    story(
        "noor",
        "My first chair! It has four legs and three opinions about the floor."
        " Thank you, @takumi, for saying nothing until I asked. 🪑 #woodwork"
        " #smallwins",
        said(
            "takumi",
            "Put it on the flat table, mark the long leg, take off half of what you think. 🙂",
        ),
        said("dafna", "Fold a beer mat four times. Ship it."),
        said("tom_h", "Congratulations! Mine walked out of the room on its own."),
    ),
    story(
        "noor",
        "My grandmother's quilt came to us in the post, in a box that said"
        " APPLES. Twelve stars, no two alike, all by hand, and in the last"
        " corner, very small, my name. I was four when she finished it. #sewing #patterns",
        said("dafna", "I am not crying, it's the onions of the person next to me on the bus."),
        said(
            "rosa.q",
            "Look at the stitches on the back as well. That is where people tell the truth.",
            said("noor", "There is one in green. Just one. Nobody knows why."),
        ),
        said("elena_p", "Out of the sun, rolled and never folded, and use it all the same. 🧡"),
        picture=Drawn(
            textiles.quilt,
            "A quilt of twelve eight-pointed stars in red, orange, dark blue and"
            " plum on cream cloth, with dashed stitches between the squares.",
        ),
    ),
    story(
        "leila",
        "Survey, day 40. Number 11 in the street of the dyers. The nails are not"
        " for ornament: they hold the boards across, and each row stands where a"
        " beam is behind it. Whoever made this drew the inside on the outside."
        " (@takumi, you would have liked him.)\n\n"
        "The colour is newer. The children chose it. #doors #town",
        said("takumi", "'Drew the inside on the outside.' That is all I want to say about wood."),
        said(
            "elena_p",
            "Is the star part of the old door?",
            said(
                "leila",
                "Older than the door. It was above another one before. I have not found out which.",
            ),
            said("salma", "أنا أعرف. Ask my grandmother, she used to play in front of it."),
        ),
        said("giulia", "We have a box of photographs of that street, from before. Come by!"),
        picture=Drawn(
            towns.door,
            "An old blue double door under a pointed arch in a wall of pale stone."
            " Rows of nails, two brass rings, and a golden star above.",
        ),
    ),
    story(
        "yannis",
        "Lost at backgammon again. My neighbour says that it's luck. He has had"
        " this luck since 1994. #games",
        said("mateus", "I have the same neighbour, but in chess."),
        said(
            "kofi",
            "At some number of games luck gets a name.",
            said("yannis", "It has one. His name is Stavros."),
        ),
    ),
)
