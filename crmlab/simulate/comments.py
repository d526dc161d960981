"""Comments in English and Chinese with a planted sentiment, from a small grammar.

A comment has an opening, one or two clauses about themes, and a close. Most are plain; some are mixed (praise, *but*
blame, or the other way round), a few are sarcastic (praise that is meant as blame) or say nothing of either. So a
classifier of words gets most of them right and never all.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crmlab.simulate import streams
from crmlab.simulate.texts import join, pick, take

THEMES = ("delivery", "product", "staff", "price", "returns", "website")
STYLES = ("plain", "mixed", "sarcastic", "vague")
SARCASTIC_SHARE = 0.14  # of clearly negative comments

# language -> theme -> (praise, blame); each a list of clauses, parted by "|"
_CLAUSES: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "delivery": (
            "the parcel came a day early|delivery was quick|it arrived on time|shipping took two days only|"
            "the driver rang and waited|the box was well packed|no trouble with the delivery|I could choose the day",
            "the parcel came a week late|delivery took far too long|the box was left in the rain|it never arrived|"
            "the driver did not ring|half of the order was missing|the box was crushed|tracking said nothing for days",
        ),
        "product": (
            "the lamp is lovely|the quality is excellent|it works well|it looks just like the picture|"
            "the material feels solid|the colour is perfect|the set is not bad at all|it is well made",
            "the lamp broke after a week|the quality is poor|it does not work|it looks nothing like the picture|"
            "the material feels cheap|the colour is wrong|the set was damaged|it fell apart",
        ),
        "staff": (
            "the staff were friendly|the lady at the till was very helpful|somebody called me back at once|"
            "they listened and solved it|the advice was good|I never had to wait|service could not be better|"
            "they knew what they were talking about",
            "the staff were rude|nobody at the till could help|nobody called me back|"
            "they did not listen|the advice was wrong|I had to wait for ages|service could not be worse|"
            "I was passed from one to the next",
        ),
        "price": (
            "the price is fair|good value for money|cheaper than elsewhere|the discount was worth it|"
            "I paid less than I thought|the offer was real|well worth the money|the voucher worked",
            "the price is a joke|poor value for money|cheaper elsewhere|the discount was not taken off|"
            "I paid more than it said|the offer was gone|not worth the money|the voucher did not work",
        ),
        "returns": (
            "the return was easy|my money was back in two days|they took it back without a question|"
            "the exchange was no problem|the refund came fast|they sent a new one at once",
            "the return was a pain|I still wait for my money|they would not take it back|"
            "the exchange took a month|the refund was too low|they sent the wrong one again",
        ),
        "website": (
            "the website is easy to use|I found everything in a minute|checkout is simple|the pictures help|"
            "the app just works|search shows what I want",
            "the website is slow|I could not find anything|checkout failed twice|the pictures mislead|"
            "the app keeps crashing|search shows rubbish",
        ),
    },
    "zh": {
        "delivery": (
            "快递提前一天到了|送货很快|准时送达|两天就收到了|快递员先打电话|包装很结实|物流没有问题|可以选择送货时间",
            "快递晚了一个星期|送货太慢|箱子淋了雨|一直没收到|快递员没打电话|少发了一半|箱子压坏了|物流好几天不更新",
        ),
        "product": (
            "台灯很漂亮|质量非常好|用起来很顺手|和图片一样|材料很扎实|颜色正合适|这一套真不错|做工精细",
            "台灯用一周就坏了|质量很差|根本不能用|和图片完全不一样|材料很廉价|颜色不对|收到就是坏的|做工粗糙",
        ),
        "staff": (
            "店员很热情|收银员很耐心|客服马上回电话|问题很快解决|建议很专业|不用排队|服务没话说|态度非常好",
            "店员很冷淡|没有人能帮忙|客服一直不回电话|问题没有解决|建议不对|排队太久|服务没法说|态度非常差",
        ),
        "price": (
            "价格公道|性价比高|比别家便宜|折扣很划算|比想的便宜|优惠是真的|物有所值|优惠券能用",
            "价格太高|性价比低|别家更便宜|折扣没有算|比标价还贵|优惠是假的|不值这个钱|优惠券不能用",
        ),
        "returns": (
            "退货很方便|两天就退款了|无条件退货|换货没有问题|退款很快|马上补发了一个",
            "退货很麻烦|退款还没到|不给退货|换货等了一个月|退款少了|补发又发错了",
        ),
        "website": (
            "网站很好用|很快就找到了|付款简单|图片很清楚|手机应用很稳定|搜索很准",
            "网站很卡|什么都找不到|付款失败两次|图片误导人|手机应用总闪退|搜索不准",
        ),
    },
}
# language -> (praise, blame, neither); an empty text is drawn often
_OPENINGS = {
    "en": (
        "||||Very happy: |Good, |All fine, |Thank you, |No complaints: |Again |I like this shop, |"
        "Better than last year, ",
        "||||Very unhappy: |Bad, |Sorry, but |Not again: |I must complain: |Sadly |I used to like this shop, |"
        "Worse than last year, ",
    ),
    "zh": (
        "||||非常满意，|很好，|都挺好，|谢谢，|没有意见，|一如既往，|喜欢这家店，|比去年好，",
        "||||非常不满，|不好，|抱歉，|又来了，|我要投诉，|可惜，|以前喜欢这家店，|不如去年，",
    ),
}
_CLOSES = {
    "en": (
        ".|.|.|!|. Will buy again.|. Recommended.|. Five stars.|. Keep it up.|. Nothing to add.",
        ".|.|.|!|. Will not buy again.|. Not recommended.|. One star.|. Please do better.|. That is all.",
    ),
    "zh": (
        "。|。|。|！|。还会再买。|。推荐。|。五星。|。继续保持。|。就这些。",
        "。|。|。|！|。不会再买。|。不推荐。|。一星。|。请改进。|。就这些。",
    ),
}
_SARCASM = {
    "en": "Wonderful, |Well done: |Great service, |Brilliant, |Thank you so much, |Five stars: |Perfect, ",
    "zh": "真棒，|干得好，|服务真好，|太厉害了，|太感谢了，|五星好评，|完美，",
}
_VAGUE = {
    "en": "It is a shop|I ordered a lamp and two cups|As expected|Bought a present for my mother|"
    "Second order this year|See my last message|I filled this in for the prize draw|Ask me again in a month|"
    "I go there on Saturdays",
    "zh": "就是一家店|买了一个台灯和两个杯子|和想的一样|给妈妈买的礼物|今年第二次买|"
    "见上次留言|为了抽奖才填的|下个月再问我|周六常去",
}
_BUT = {"en": (", but ", ", yet ", ". However, ", ", only "), "zh": ("，但是", "，不过", "，可是", "，就是")}
_AND = {"en": (", and ", ". Also ", ", "), "zh": ("，而且", "，", "，还有")}
_LANGUAGES = ("en", "zh")


def sentiment_of(experience: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Sentiment from -1 (blame) to 1 (praise) of what customers write, given their experience.

    Parameters
    ----------
    experience : numpy.ndarray
        On a standard normal scale.
    u : numpy.ndarray
        Uniform numbers, same shape.
    """
    return np.round(np.tanh(0.9 * experience + 0.25 * streams.normal(u) + 0.1), 3)


def write_comments(sentiment: np.ndarray, chinese: np.ndarray, u: np.ndarray) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Write one comment for each sentiment.

    Parameters
    ----------
    sentiment : numpy.ndarray, shape (n,)
        From -1 to 1.
    chinese : numpy.ndarray of bool, shape (n,)
        Whether to write in Chinese.
    u : numpy.ndarray, shape (10, n)
        Uniform numbers.

    Returns
    -------
    comment, style, theme : pyarrow.Array of text
        What is visible, how it was meant (``STYLES``), and what its main clause is about (``THEMES``).

    Examples
    --------
    >>> u = np.full((10, 1), 0.4)
    >>> comment, style, theme = write_comments(np.array([0.9]), np.array([False]), u)
    >>> style[0].as_py(), theme[0].as_py()
    ('plain', 'product')
    """
    style, theme = _styles(sentiment, u[0]), streams.choose([24, 24, 20, 12, 10, 10], u[1])
    other = (theme + 1 + np.floor(u[2] * (len(THEMES) - 1)).astype(np.int64)) % len(THEMES)
    blame = (sentiment < 0).astype(np.int64)
    written = [_write(language, style, theme, other, blame, u) for language in _LANGUAGES]
    about = pc.if_else(pa.array(style == 3), pa.scalar(None, pa.large_string()), take(THEMES, theme))
    return pick(chinese.astype(np.int64), *written), take(STYLES, style), about


def _styles(sentiment: np.ndarray, u: np.ndarray) -> np.ndarray:
    """The weaker the sentiment, the more often mixed or vague."""
    strength = np.abs(sentiment)
    mixed, vague = 0.45 - 0.38 * strength, 0.20 - 0.17 * strength
    sarcastic = np.where(sentiment < -0.3, SARCASTIC_SHARE, 0.0)
    return streams.choose_each(np.stack([1 - mixed - vague - sarcastic, mixed, sarcastic, vague], axis=1), u)


def _write(
    language: str, style: np.ndarray, theme: np.ndarray, other: np.ndarray, blame: np.ndarray, u: np.ndarray
) -> pa.Array:
    """Write all comments in one language."""
    main = _clause(language, theme, blame, u[3])
    opening = _side(_OPENINGS[language], blame, u[4])
    close = _side(_CLOSES[language], blame, u[5])
    second = _clause(language, other, blame, u[6])
    more = join(_any(_AND[language], u[7] * 2 % 1), second)
    plain = join(opening, main, pick((u[7] < 0.4).astype(np.int64), "", more), close)
    against = _clause(language, other, 1 - blame, u[6])
    mixed = join(against, _any(_BUT[language], u[7]), main, "." if language == "en" else "。")
    sarcastic = join(_any(_SARCASM[language].split("|"), u[8]), main, "." if language == "en" else "。")
    vague = join(_any(_VAGUE[language].split("|"), u[9]), "." if language == "en" else "。")
    chosen = pick(style, plain, mixed, sarcastic, vague)
    return _sentence_case(chosen) if language == "en" else chosen


def _clause(language: str, theme: np.ndarray, blame: np.ndarray, u: np.ndarray) -> pa.Array:
    """A clause of praise or blame for each theme."""
    lists = [side.split("|") for name in THEMES for side in _CLAUSES[language][name]]
    starts = np.cumsum([0, *map(len, lists)])
    which = theme * 2 + blame
    size = np.diff(starts)[which]
    return take(
        [clause for clauses in lists for clause in clauses], starts[which] + np.floor(u * size).astype(np.int64)
    )


def _side(texts: tuple[str, str], blame: np.ndarray, u: np.ndarray) -> pa.Array:
    """An opening or a close on the side of praise or of blame."""
    return pick(blame, *(_any(side.split("|"), u) for side in texts))


def _any(texts: list[str] | tuple[str, ...], u: np.ndarray) -> pa.Array:
    """Any of the texts, all equally likely."""
    return take(texts, np.floor(u * len(texts)).astype(np.int64))


def _sentence_case(texts: pa.Array) -> pa.Array:
    """Begin with a capital letter."""
    return join(pc.utf8_upper(pc.utf8_slice_codeunits(texts, 0, 1)), pc.utf8_slice_codeunits(texts, 1))
