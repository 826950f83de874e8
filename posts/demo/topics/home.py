"""Topics that one can have at home."""

from posts.demo.topics.topic import Topic

TOPICS = {
    "kitchen": Topic(
        ("kitchen", "bread", "slow"),
        (
            "Second try at {bread}, and this time it rose. {emoji}",
            "{dish} tonight, with {extra}. No regrets.",
            "I followed the recipe for once. The {dish} still tastes of {extra}.",
            "What do you do with half a pot of {dish} and no guests? Asking on a {day}.",
            "{friend} and I both made {dish}. One of us should stop, and it's me.",
            "Made {dish} for {number}. There were more of us than that.",
            "The secret was {extra}. Nobody guessed, and {who} guessed for an hour.",
            "Notes on {bread}, mostly for myself: https://example.org/notes/slow-bread",
            "{who} says that {dish} without {extra} is only half a meal.",
            "Cold kitchen, warm bread, {drink}. That's the whole post.",
            "There is a smell of {extra} on the stairs and I'm going to find out whose it is.",
        ),
        (
            "I tried this with {extra}. Do it.",
            "Bring some on {day}!",
            "How long in the oven?",
            "I can smell it from here.",
            "Next time with {drink}, please.",
        ),
    ),
    "garden": Topic(
        ("garden", "balcony"),
        (
            "{plant}: alive. That's all I ask. {emoji}",
            "The first of {plant}, in {weather}. Brave.",
            "Something is eating {plant}. I suspect {bird}, but I have no proof.",
            "Planted {plant} far too early again. See also: every year.",
            (
                "{who} looked over the fence at {plant} and only nodded. I have waited"
                " {number} years for that nod."
            ),
            "Sorted {number} kinds of seeds and lost all the labels. Spring will be a surprise.",
            "Seed list for spring ({plant}: gone already): https://example.org/garden/seeds",
            "Told {plant} about my {day}. They took it well.",
        ),
        (
            "Mine gave up on {day}. Tell me your secret.",
            "Coffee grounds. Always coffee grounds.",
            "I have seeds of those, if you'd like to swap.",
            "The snails send their regards. 🐌",
        ),
    ),
    "bees": Topic(
        ("bees", "garden"),
        (
            "First flight of the year in {weather}. {number} of them went round my hat.",
            "Honey swapped with {who} for {bread}. I got the better deal and so did they.",
            "All quiet on the roof. Sugar, a stone on each lid, good night.",
            "They have found {plant}. You can hear it from the stairs.",
        ),
        (
            "Any honey left?",
            "I can hear them just from reading.",
            "Stay brave.",
            "My roof is free, too…",
        ),
    ),
    "workshop": Topic(
        ("repair", "woodwork", "smallwins"),
        (
            "Fixed the {thing}! It was one screw, more or less.",
            "{who} gave me a {thing}. I don't know how to use a {thing}. Yet.",
            "Looking for a good home for a {thing}. Works, mostly. {friend}?",
            "A whole afternoon on a joint in {wood} that nobody will ever see. Happy.",
            "{wood} smells best when it is wrong. I have cut it wrong {number} times.",
            (
                "How to take a {thing} apart and have no screws left over:"
                " https://example.com/repair#step-3"
            ),
            "The {thing} works again. Nobody knows why, least of all the {thing}.",
            "Sharpened everything. Cut nothing. A perfect {day}.",
        ),
        (
            "Was it the fuse? It's always the fuse.",
            "Show us the inside!",
            "I have a {thing} with the same cough.",
            "Left over screws are a gift to the next {thing}.",
        ),
    ),
    "yarn": Topic(
        ("knitting", "weaving", "dyeing"),
        (
            "A pot of {colour} on the stove. Everything I own is going in.",
            "Unravelled {number} rows. It is also a kind of progress.",
            "{who} asked how long it takes. I said: one winter, or {number} films.",
            "The sleeve is done. The other sleeve has been informed.",
            "{colour} by day, something else by lamplight. I keep switching the lamp.",
            "Casting on, with {drink} and {noise} for company.",
        ),
        (
            "I want to see this by daylight.",
            "Second sleeves are character-building.",
            "Which needles?",
            "I have half a skein left over, if it helps.",
        ),
    ),
    "pottery": Topic(
        ("pottery", "slow"),
        (
            "Kiln is on. Now nobody may ask me anything until {day}.",
            "{number} bowls. One of them is a bowl.",
            "Threw with my eyes shut today, as {who} does. The pots are calmer than I am.",
            "The glaze was meant to be {colour}. It has decided otherwise.",
        ),
        (
            "I'd buy it, whatever it turns out to be.",
            "Keep the ones that lean.",
            "How hot?",
            "Your notes, please, if there are any.",
        ),
    ),
    "music": Topic(
        ("music", "fieldrecording"),
        (
            "Practised {tune} until {who} knew it, too.",
            "Recorded {noise} for an hour. It is better than most of my records.",
            "{tune}, twice round, and then silence of the good kind.",
            "If anybody has {noise} on tape, I would like to swap.",
            "The trick to {tune} is to stop before you are asked to.",
            "Session on {day}, back room, all welcome. {friend}, bring the box.",
        ),
        (
            "I would listen to an hour of this.",
            "It will follow you home, be warned.",
            "What key?",
            "Is there a recording?",
        ),
    ),
    "pixels": Topic(
        ("pixelart",),
        (
            (
                "Redrew {bird} in {number} pixels. You can tell what it is. You can"
                " nearly tell what it wants."
            ),
            "Today's palette comes from {weather} over {place}.",
            "One pixel to the left. That was my {day}.",
            "Level two has {noise} in it now. Thank you, {friend}.",
        ),
        (
            "You and your palettes.",
            "I have looked at it for too long now.",
            "How many colours?",
            "I want it on a stamp.",
        ),
    ),
    "books": Topic(
        ("books", "library", "words"),
        (
            "Reading {read} with {drink}. Do not disturb.",
            "{number} pages left of {read}, and I'm slowing down on purpose.",
            "{who} gave me {read} and said only: 'Not at night.' It is night.",
            "Found a bus ticket in {read}. Somebody got off at page 90.",
            "A word I'd forgotten I had: {word}. It came up over {drink}.",
            "Lent {read} to {friend} and miss it like a person.",
            "{number} lines that I'd keep from {read}: https://example.org/notes/lines",
        ),
        (
            "Title, please!",
            "I stopped at page 90 and have regretted it since.",
            "I have it here. Do you want it after me?",
            "Tell me how it ends. No, don't.",
        ),
    ),
}
