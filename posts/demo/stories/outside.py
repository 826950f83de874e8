"""From hills, woods and water."""

from functools import partial

from posts.demo.drawing import landscapes, maps, screens
from posts.demo.drawing.landscapes import AUTUMN, DAWN, DUSK, FOG, NOON, WINTER, ridges, shore
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "lindiwe",
        "Ten past six. I could see three trees, then two. Nine species all the"
        " same, every one of them by ear.\n\n"
        "Fog does not hide birds. It hides everything else. #birds #fog",
        said(
            "quang",
            "Was the wren as loud as I think?",
            said("lindiwe", "Louder. Four grams of bird, and the whole wood belongs to it."),
        ),
        said("rosa.q", "The greys in this. I am going to dye them."),
        said(
            "vikram",
            "Meanwhile I got up at four to see a planet, and saw this too, from below. 😶‍🌫️",
        ),
        picture=Drawn(
            partial(landscapes.wood, light=FOG),
            "A wood in thick mist. The nearest trunks are dark grey; row behind row"
            " they grow paler until nothing can be seen.",
        ),
    ),
    story(
        "rosa.q",
        "The lake did not move all morning, so neither did we. 🍂\n\n"
        "Walnut leaves for brown, birch for that yellow. I carried them home in"
        " my hat. #hills #dyeing",
        said("hana", "I want this as a glaze. Both halves."),
        said("takumi", "静かですね。 The quiet can be seen."),
        said(
            "noor",
            "Which half is the right way up?",
            said("rosa.q", "The half with your feet in it is the wrong one."),
        ),
        picture=Drawn(
            partial(ridges, light=AUTUMN, lake=True, layers=5, sun=(0.7, 0.26)),
            "Golden and brown hills behind a lake so still that it shows them all"
            " again upside down.",
        ),
    ),
    story(
        "oisin",
        "We walked the whole old railway line. Fourteen kilometres, one viaduct,"
        " one tunnel and, at the end of it, a café that had closed ten minutes"
        " earlier.\n\n"
        "A woman stacking chairs looked at our boots, said nothing, and put the"
        " kettle on. #walking #maps",
        said(
            "sanne",
            "Did you count the benches?",
            said("oisin", "Two. I knew that you would ask."),
            said("sanne", "Two benches on fourteen kilometres is a policy failure. 🚶"),
        ),
        said(
            "giulia",
            "That woman is my aunt.",
            said("oisin", "Tell her that we are coming back for the cake."),
            said("giulia", "She says she knows."),
        ),
        said(
            "priya",
            "Is the small painted door in the tunnel still there?",
            said("oisin", "Half way, left side. Somebody has given it a letter box."),
        ),
        picture=Drawn(
            partial(maps.contours, stops=("Mill", "Viaduct", "Tunnel", "Café")),
            "A map with two hills drawn as lines of equal height, a blue river, and"
            " a red dashed way across them with four stops: Mill, Viaduct, Tunnel and"
            " Café.",
        ),
    ),
    story(
        "aroha",
        "Last boat in. Her first time alone, and she came back a minute before"
        " the sun did not.\n\n"
        "'Was I all right?' You were an hour late and perfectly all right."
        " #sailing #sea",
        said(
            "bjorn",
            "We saw her from the ferry. The whole bridge waved.",
            said("aroha", "She told me that 'a building' had waved at her!"),
        ),
        said(
            "nadia",
            "I would have been sick on the quay, waiting.",
            said("aroha", "I hid behind the boat shed for some of it."),
        ),
        picture=Drawn(
            partial(shore, light=DUSK, sun=0.58, boat=0.3),
            "A small sailing boat on a calm, violet sea at sunset. The sun's light"
            " lies on the water as a broken path.",
        ),
    ),
    story(
        "bjorn",
        "The view from the bridge at eight, all of it. By nine it was gone. The"
        " passengers looked at their phones and I can't even blame them, it was"
        " that kind of grey. #fog #sea",
        said(
            "lindiwe",
            "Any divers?",
            said("bjorn", "Two, far out, being very professional about it."),
        ),
        said("marc", "I count four colours. You are my kind of photographer."),
        picture=Drawn(
            partial(ridges, light=FOG, size=(1_440, 420), sun=(0.5, 0.3)),
            "A very wide view of low hills in grey mist, each paler than the one"
            " before it, under a veiled sun.",
        ),
    ),
    story(
        "lindiwe",
        "This is what I hear, for those who ask how you can tell a bird that you"
        " can't see. Left to right is time, upwards is pitch. The one that goes"
        " mad at the beginning is in the reeds behind the car park. (@quang, do"
        " not ask about the microphone.) #birds #fieldrecording",
        said(
            "quang",
            "Beautiful. I am asking about the microphone.",
            said("lindiwe", "A microphone in a salad bowl."),
            said("quang", "I take back every question I have ever asked about equipment."),
        ),
        said("rosa.q", "It's a border pattern. I could weave it."),
        said("oisin", "I tried to play it. The dog has left the room. 🎻"),
        picture=Drawn(
            screens.spectrogram,
            "Birdsong as a picture, on dark violet: bright lines that rise, fall and"
            " wriggle from left to right, with seconds marked along the bottom.",
        ),
    ),
    story(
        "ulla",
        "Twenty below and not a breath of wind. The lake makes that sound again,"
        " like somebody very large moving furniture very carefully. #hills #slow",
        said(
            "hana",
            "What is the sound?",
            said("ulla", "The ice growing. It needs room, and says so."),
        ),
        said("bjorn", "Cold from here."),
        picture=Drawn(
            partial(ridges, light=WINTER, lake=True, sun=(0.22, 0.22)),
            "Pale blue mountains in winter and a small white sun, mirrored in a frozen lake.",
        ),
    ),
    story(
        "takumi",
        "The hut has eight beds, one stove and a rule: whoever wakes first makes"
        " tea and wakes nobody.\n\n"
        "I woke first. #hills #山",
        said("farid", "A civilised rule."),
        said(
            "ulla",
            "How was the tea?",
            said("takumi", "There were two of us who woke first. So it was talking tea."),
        ),
        picture=Drawn(
            partial(ridges, light=DAWN, sun=(0.3, 0.24), layers=7),
            "Seven ridges one behind the other at dawn, the farthest pink and the"
            " nearest dark blue, under a pale sun.",
        ),
    ),
    story(
        "aroha",
        "Things the wind was called on my boat today, by people with three"
        " hours' experience:\n\n"
        "- rude\n"
        "- 'off'\n"
        "- 'from the wrong brand of direction'\n"
        "- gone\n\n"
        "All correct. #sailing",
        said("bjorn", "We have a form for that. It says 'variable'."),
        said("farid", "'Gone' is the best weather report I have read this year."),
    ),
    story(
        "lindiwe",
        "Tuesday's count, reservoir, two hours:\n\n"
        "coot 114\n"
        "tufted duck 37\n"
        "heron 3\n"
        "kingfisher 1 (one!!)\n"
        "man with a drone 1\n\n"
        "#birds",
        said(
            "kofi",
            "Is the man resident or passing through?",
            said("lindiwe", "Passing through. The coots saw to it."),
        ),
        said(
            "wanda",
            "Kingfisher!! Where?",
            said(
                "lindiwe",
                "The post nearest to the sluice. Sit down, eat something, don't look at it.",
            ),
        ),
    ),
    story(
        "rosa.q",
        "Whoever is moving the cairn on the upper path two metres to the left"
        " each week: I see you, and I move it back. I think that we would get on."
        " #hills #walking",
        said("oisin", "It's the cairn. It wants to see the other valley."),
        said("takumi", "😂 …どちらも正しい。"),
        picture=Drawn(
            partial(ridges, light=NOON, sun=(0.82, 0.16), layers=5),
            "Green ridges at noon, one behind the other, fading to pale blue under a clear sky.",
        ),
    ),
)
