"""Topics for which one leaves the house, if only in thought."""

from posts.demo.topics.topic import Topic

TOPICS = {
    "town": Topic(
        ("town", "smallwins"),
        (
            "The {spot} at eight on a {day} is the best place in town.",
            "Overheard at the {spot}: 'It isn't late, it's just not early any more.'",
            "Overheard at the {spot}: 'I don't need advice, I need a witness.'",
            "Missed the last bus and walked home by {place}. {weather}. Not sorry.",
            "Somebody has put a chair out by {place}. Just a chair. I sat in it.",
            "Power cut. Candles, {drink}, and for once everybody was on the stairs. {emoji}",
            "{number} strangers said good morning between my door and the {spot}. A record.",
            "Who is in for {place} on {day}? {friend}?",
        ),
        (
            "I was there! By the door.",
            "This town. I swear.",
            "Best thing I've read all {day}.",
            "I know exactly where you mean.",
        ),
    ),
    "bicycles": Topic(
        ("bicycles", "town", "walking"),
        (
            "Along {place} by bicycle, in {weather}. Nobody else, and {bird}.",
            "New chain. It's so quiet that I heard {bird} on the way to {place}.",
            "{number} kilometres to {place} and back before breakfast. {emoji}",
            "A puncture, {weather}, and then {who} with a pump. This is why I live here.",
            (
                "Counted at the bridge from eight to nine: {number} cars with one person"
                " in them, and a cargo bike with four."
            ),
            "My route of {day}, if you want it: https://example.com/rides?season=autumn&km=32",
        ),
        (
            "Tyre pressure?",
            "That hill, though.",
            "I waved! You were busy being fast.",
            "Lights, please. I worry.",
        ),
    ),
    "code": Topic(
        ("devlife", "python", "databases"),
        (
            "It was {cause}. It is always something like that.",
            "Spent the afternoon on the {part}. It was {cause}.",
            "Deleted {number} hundred lines from the {part} today and nothing broke. {emoji}",
            "The {part} is fast now. The trick was to do less.",
            "Rewrote the {part} in {tool}. {who} asked why. Fair question.",
            "Unpopular view: most of what the {part} does could be {tool}.",
            "Today's lesson: read the log *before* touching the {part}.",
            "If the {part} works today but not on {day}, look for {cause}.",
            "A talk on keeping the {part} dull, with {number} good jokes: https://example.org/talks/boring-databases",
            "{friend} found the bug in the {part}: {cause}. I owe them {drink}.",
            "`SELECT count(*)` is not free. The {part} has just told me.",
            "Wrote the test first. It failed for a reason that I did not expect: {cause}.",
        ),
        (
            "Ha, it was {cause} for me, too.",
            "Have you tried turning the {part} off and on again?",
            "Did you write it down this time?",
            "There is more about it here: https://example.org/notes/boring",
            "Please tell me that there's a test now.",
        ),
    ),
    "trains": Topic(
        ("trains", "slow"),
        (
            "The 6:14, a window seat, {drink}. {weather} over {place}.",
            "Delayed by {number} minutes, and the whole carriage has begun to share food.",
            "The conductor calls {who} 'always nearly' and me 'again'.",
            "Woke up {number} stops too far. There is a very good bench here, and {bird}.",
            "Wrote more between two stations than in the whole of {day}.",
        ),
        (
            "Which line? I think I know that conductor.",
            "Which carriage? I bring sandwiches.",
            "I miss the old seats.",
        ),
    ),
    "hills": Topic(
        ("hills", "walking"),
        (
            "Round {place} before work. {weather}, and {bird}.",
            "{number} kilometres in {weather} and not one phone call.",
            "{weather} all the way up. Worth it. {emoji}",
            "Left without a coat. {weather} by noon. You know the rest.",
            "The path above {place} is open again!",
            "{who} knows every tree up there and names them, too.",
            "Sat on a stone above {place} for an hour. The stone was fine with it.",
            "My route from {day}, if you want it: https://example.com/walks?season=autumn&km=12",
        ),
        (
            "Was the gate open?",
            "I know that stretch. Mind the nettles.",
            "Take me with you on {day}!",
            "Where is that? Near {place}?",
        ),
    ),
    "sea": Topic(
        ("sea", "sailing", "fog"),
        (
            "{weather} at sea. {drink} in both hands.",
            "The harbour at five: gulls, diesel, {bird} that has got lost.",
            "Learned a new knot from {who}. Forgot an old one to make room.",
            "Flat calm. {number} of us in a boat, being very still about it.",
            "Read the tide tables over {drink}. They are poems with numbers in them.",
            "{number} beginners, and nobody fell in. We were all a little disappointed. #smallwins",
        ),
        (
            "Fair winds!",
            "What did the forecast say?",
            "I could hear the horn from up here.",
            "Were you warm enough?",
        ),
    ),
    "birds": Topic(
        ("birds", "fog", "fieldrecording"),
        (
            "Saw {bird} by {place} this morning. Neither of us moved for a minute.",
            "Count at {place}: {number} species, and a dog who wanted to help.",
            "{bird}, {weather}, {drink} from a flask. I could stop here.",
            "They are back. {number} of them, over {place}, talking all at once.",
            "{who} asked what I do with the numbers. I keep them company.",
        ),
        (
            "From the hide or from the path?",
            "How lucky!",
            "We had {bird} on {day}.",
            "I always come an hour too late.",
        ),
    ),
    "school": Topic(
        ("school", "smallwins"),
        (
            "'Is zero a number or a pause?' Third row, {day}, before {drink}.",
            "{number} of them stayed behind to finish the puzzle. I had to throw them out.",
            "Marked {number} essays and learned a new word for 'tired' from one of them.",
            "I said 'I don't know' {number} times today. They sat up each time.",
        ),
        (
            "Mine would have said the same.",
            "I had a teacher like you once.",
            "Frame that and hang it in the staff room.",
            "They'll remember it.",
        ),
    ),
    "charts": Topic(
        ("charts", "maps"),
        (
            "Drew it with {tool} first. It was already clear. That's usually a good sign.",
            "{number} charts went in, one came out. It is the small one.",
            "Asked {who} what the chart says. They said what I had hoped. Print it.",
            "A pie chart was requested for {day}. There will be pie.",
            "The data for {day} was missing because of {cause}. The gap stays in.",
        ),
        (
            "Does the axis start at zero?",
            "What would it look like without {day}?",
            "May I use this in class?",
            "I'd like the table as well, please.",
        ),
    ),
    "sky": Topic(
        ("nightsky",),
        (
            "{planet} is up, left of the chimney. Go and look. Go on.",
            "Clear until eleven, then {weather}. I saw enough.",
            "Showed {planet} to {who}. Long silence. Then: 'And it's just there? All the time?'",
            "Forgot the eyepiece. Saw the whole sky instead. {emoji}",
            "{number} shooting stars and one very slow aeroplane that got a wish as well.",
        ),
        (
            "Which direction?",
            "Cloudy here, as ever.",
            "I saw it, too!",
            "I stood outside for an hour and saw one cloud.",
        ),
    ),
}
