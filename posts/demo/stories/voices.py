# ruff: noqa: RUF001 -- many scripts are the point
"""In other languages, two of which run from right to left."""

from functools import partial

from posts.demo.drawing import landscapes
from posts.demo.drawing.landscapes import DAWN, DUSK, NIGHT
from posts.demo.story import Drawn, said, story

STORIES = (
    story(
        "leila",
        "خبزتُ اليوم عشرين رغيفًا للجيران. عاد منها صحنٌ فيه زيتون، وصحنٌ فيه"
        " تين، وصحنٌ فارغ معه اعتذار.\n\n"
        "الاعتذار كان ألذّها. #خبز #bread",
        said(
            "salma",
            "الصحن الفارغ كان لي 🙈",
            said("leila", "أعرف. الخط خطّك."),
            said("salma", "غدًا يعود ومعه كعك."),
        ),
        said("farid", "نان و همسایه، هر دو گرم."),
        said("ines", "I can't read it, but I know that oven light anywhere."),
    ),
    story(
        "salma",
        "في آخر الخط نزلنا جميعًا إلا السائق. قال: «أنا أسكن هنا»، وأشار إلى"
        " المقعد الثالث.\n\n"
        "ثم ضحك، وأعطانا شايًا من ترمس أحمر. لم أعرف أيّ الجملتين كانت مزحة."
        " #شاي #قصص",
        said("leila", "المقعد الثالث أفضل مقعد، فيه شمس الصباح."),
        said(
            "quang",
            "The machine translation gives me a red thermos and a seat in the sun. I'll take it.",
        ),
    ),
    story(
        "dafna",
        "שלוש שעות חיפשתי את הבאג. בסוף זה היה פסיק.\n\n"
        "אמא שלי: «ובשביל זה למדת חמש שנים?»\n"
        "כן, אמא. בשביל לדעת איפה לחפש את הפסיק. 😅 #באגים #קטנות",
        said(
            "priya", "I ran it through a translator and I have never felt so understood by a comma."
        ),
        said("elena_p", "У нас с книгами так же: знать, где искать."),
        said(
            "ulla",
            "Five years is about right.",
            said("dafna", "תודה! She says that you may come for dinner."),
        ),
    ),
    story(
        "dafna",
        "יום שישי, השוק סוגר, והירקן נותן לי עגבנייה אחת במתנה «בשביל הדרך»."
        " הדרך הביתה היא ארבע דקות. אכלתי אותה לאט. 🍅 #קטנות",
        said("wei", "Four minutes for one tomato is the right speed."),
    ),
    story(
        "farid",
        "امروز یک ساعت روی یک کلمه ماندم. فرهنگ لغت هفت معنی داشت و هیچ‌کدام"
        " درست نبود. بعد مادرم زنگ زد و همان کلمه را گفت، همین‌طور، وسط"
        " احوال‌پرسی.\n\n"
        "معنی‌اش را نپرسیدم. چای ریختم. #ترجمه #شاي",
        said("salma", "وما الكلمة؟", said("farid", "اگر بنویسم، خراب می‌شود 🙂")),
        said(
            "giulia",
            "I have read this in three machine translations and they all stop at the"
            " tea. So should we.",
        ),
    ),
    story(
        "takumi",
        "朝五時、稜線。ラジオも電話も入らない。\n\n湯が沸く音だけがある。 #山",
        said("hana", "소리까지 보이는 사진이에요."),
        said(
            "quang",
            "お湯の音、録りたいです。",
            said("takumi", "どうぞ。やかんを二つ持って行きます。"),
        ),
        picture=Drawn(
            partial(landscapes.ridges, light=NIGHT, sun=(0.74, 0.2), layers=6),
            "六重の稜線。空は夜明け前の紺色で、右上に淡い月が出ている。",
        ),
    ),
    story(
        "takumi",
        "駅前のパン屋、カレーパンが本日で終了とのこと。最後の三つを、知らない人と"
        "二人で分けた。残りの一つは、じゃんけん。\n\n"
        "負けたけど、いい朝だった。 #bread",
        said("ines", "Curry inside bread?! Tell me everything."),
        said("wei", "石头剪刀布 🤝"),
    ),
    story(
        "wei",
        "女儿问我：“番茄知道自己红了吗？”\n\n我想了一整天。 #阳台",
        said(
            "amara.okafor",
            "I had it translated. Now I'm thinking about it, too, and I have a night shift.",
        ),
        said(
            "takumi",
            "トマトは知らない。隣のトマトは知っている。",
            said("wei", "我要把这句念给她听。"),
        ),
    ),
    story(
        "hana",
        "비 오는 날은 흙이 천천히 말라요. 나도요. ☔ #도자기",
        said("ulla", "Same here with the snow. Kiitos."),
        said("rosa.q", "Y la lana también."),
    ),
    story(
        "elena_p",
        "Принесли книгу, которую трижды чинили до меня: нитками, скотчем и,"
        " кажется, кашей.\n\n"
        "Каша держит лучше всего. #книги",
        said(
            "giulia",
            "Porridge?!",
            said("elena_p", "Wheat paste, strictly speaking. But there was a raisin."),
        ),
        said("farid", "Three menders and a raisin: a complete biography."),
    ),
    story(
        "yannis",
        "Έξι το πρωί, το καφενείο κλειστό, η θάλασσα ανοιχτή. Κάθισα εκεί. ☕ #sea",
        said("aroha", "Flat calm! I would have gone out."),
        said("bjorn", "Good morning from the other sea."),
        picture=Drawn(
            partial(landscapes.shore, light=DAWN, sun=0.7),
            "Ήρεμη θάλασσα την αυγή. Ο ήλιος χαμηλά, και το φως του ένας δρόμος πάνω στο νερό.",
        ),
    ),
    story(
        "ines",
        "Hoy una niña me pidió «un pan para mi abuela, que ya no tiene dientes»."
        " Le di el más tierno. Volvió a los cinco minutos: «Dice que tiene tres»."
        "\n\n"
        "Le di otro con corteza. #bread #pan",
        said("rosa.q", "Tres dientes y toda la razón."),
        said(
            "mateus",
            "Que história linda. Amanhã passo aí.",
            said("ines", "Para ti hay con semillas."),
        ),
    ),
    story(
        "rosa.q",
        "Bajé al mercado con tres ponchos y volví con dos ponchos, un saco de"
        " papas, y las noticias de todo el valle. Negocio redondo. #weaving",
        said(
            "ines",
            "¡Las noticias pesan más que las papas!",
            said("rosa.q", "Y no hay que pelarlas."),
        ),
        picture=Drawn(
            partial(landscapes.ridges, light=DUSK, sun=(0.4, 0.3), layers=6),
            "Montañas una tras otra al atardecer, de rosa a violeta oscuro, bajo un cielo naranja.",
        ),
    ),
    story(
        "mateus",
        "Café, pão na chapa e uma pilha de provas. Na pergunta 4, alguém"
        " respondeu: «Não sei, mas gostei da pergunta.»\n\n"
        "Meio ponto. #school",
        said("vikram", "Full marks from the astronomy department."),
        said("giulia", "Mezzo punto?! Professore!", said("mateus", "Está bem. Um ponto.")),
    ),
    story(
        "vikram",
        "आज छत पर पूरा मोहल्ला आ गया: बारह लोग, एक दूरबीन, और चाय की दो"
        ' केतलियाँ। दादी ने शनि को देखा और कहा, "अरे, इसने तो टोपी पहनी है!" 🪐'
        " #nightsky",
        said("priya", "दादी सही हैं। It is a hat."),
        said(
            "aroha",
            "Twelve people on that roof?",
            said("vikram", "In two shifts. The roof asked for it."),
        ),
    ),
)
