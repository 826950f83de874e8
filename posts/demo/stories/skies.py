"""From under the night sky."""

from posts.demo.drawing import skies
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "ulla",
        "Left the laptop inside and went out to look for a dropped ski pole.\n\n"
        "Did not find the pole. @vikram, put your coat on. #nightsky",
        said(
            "vikram",
            "I have waited eleven years to see this and you were looking for a POLE.",
            said("ulla", "Come in February. Bring a pole."),
            said("vikram", "Asking my family. They say yes before I have finished the sentence."),
        ),
        said(
            "ines",
            "😮 Does it make a sound?",
            said("ulla", "No. That is the strange part. You keep waiting for it to."),
        ),
        said("quang", "I would record that silence."),
        picture=Drawn(
            skies.aurora,
            "Green curtains of northern light above a black row of firs, with stars between them.",
        ),
    ),
    story(
        "vikram",
        "Ninety minutes on the roof, one photograph. The stars did not move; the"
        " house did, and you and I with it.\n\n"
        "Neighbour, from below: 'Are you stuck up there again?' #nightsky",
        said("aroha", "That still one, right of the middle, is the one I teach them to steer by."),
        said(
            "mateus",
            "May I show this in class? We are doing circles.",
            said("vikram", "Please. Ask them which star has gone furthest. It's a trap."),
        ),
        said("amara.okafor", "Were you stuck?", said("vikram", "…a little.")),
        picture=Drawn(
            skies.trails,
            "A night sky in which a long exposure has drawn every star into an arc"
            " around one still point, above the dark edge of a hill.",
        ),
    ),
    story(
        "vikram",
        "For @priya and @noor, who asked which moon it was last night: here is the whole"
        " shop. Nine in a row, and last night's was the third from the left."
        " #nightsky #school",
        said("priya", "Printed it. It hangs above the night train timetable now."),
        said(
            "noor",
            "Why does the shadow bulge?",
            said(
                "vikram",
                "Because it is not a shadow! It is the side that has no daylight. This"
                " question is worth the whole post.",
            ),
        ),
        picture=Drawn(
            skies.phases,
            "Nine moons in a row on a dark ground: from a thin sickle lit on the"
            " right over the full moon to a thin sickle lit on the left.",
        ),
    ),
    story(
        "sanne",
        "First snow, and for one night nobody can see where the parking spaces"
        " are. Look how wide our street is. ❄️ #town #bicycles",
        said("leila", "Snow is the best drawing of a city: only the edges that matter."),
        said(
            "tom_h",
            "Lower your tyres a bit tomorrow. And be slow on the cobbles.",
            said("sanne", "Says the man who came down the hill sideways."),
            said("tom_h", "Slowly sideways."),
        ),
        picture=Drawn(
            skies.snow,
            "A street lamp at night in falling snow. Its yellow light makes a circle"
            " on the white ground; dark houses stand behind it.",
        ),
    ),
)
