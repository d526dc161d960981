"""Draw the pools of names, streets and cities, once; the result is shipped as ``pools.json``.

``python -m crmlab.simulate.make_pools`` writes the file anew. Only this script needs Faker. Persons are random
combinations of the pools, so that nobody real is meant.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from faker import Faker
from faker.providers.person.en_GB import Provider as British
from faker.providers.person.en_US import Provider as American
from faker.providers.person.zh_CN import Provider as Chinese

REGIONS = ("North", "South", "East", "West")
CITIES = 12
STREET_KINDS = ("Road", "Street", "Lane", "Avenue", "Close", "Drive", "Way", "Court", "Gardens", "Place", "Crescent")
# Chinese cities that Faker knows, by region, with their names in Latin letters
CHINESE_CITIES = {
    "North": "北京 Beijing 天津 Tianjin 哈尔滨 Harbin 长春 Changchun 沈阳 Shenyang 石家庄 Shijiazhuang 太原 Taiyuan "
    "邯郸 Handan 辽阳 Liaoyang 齐齐哈尔 Qiqihar",
    "South": "广州 Guangzhou 深圳 Shenzhen 佛山 Foshan 东莞 Dongguan 惠州 Huizhou 南宁 Nanning 海口 Haikou "
    "柳州 Liuzhou 潮州 Chaozhou 长沙 Changsha",
    "East": "上海 Shanghai 南京 Nanjing 杭州 Hangzhou 合肥 Hefei 济南 Jinan 南昌 Nanchang 淮安 Huaian "
    "张家港 Zhangjiagang 马鞍山 Maanshan 福州 Fuzhou",
    "West": "成都 Chengdu 重庆 Chongqing 西安 Xian 昆明 Kunming 贵阳 Guiyang 兰州 Lanzhou 西宁 Xining "
    "银川 Yinchuan 六盘水 Liupanshui 武汉 Wuhan",
}
CHINESE_STREETS = (
    "人民 Renmin 解放 Jiefang 中山 Zhongshan 建设 Jianshe 和平 Heping 新华 Xinhua "
    "文化 Wenhua 长江 Changjiang 黄河 Huanghe 光明 Guangming 胜利 Shengli 友谊 Youyi "
    "幸福 Xingfu 东风 Dongfeng 朝阳 Chaoyang 花园 Huayuan 公园 Gongyuan 学院 Xueyuan "
    "江南 Jiangnan 滨河 Binhe 青年 Qingnian 团结 Tuanjie 红旗 Hongqi 工业 Gongye "
    "环城 Huancheng 南湖 Nanhu 西湖 Xihu 北海 Beihai 泰山 Taishan 华山 Huashan"
)
# one reading for each character; a family name's own reading is in FAMILY_READINGS
READINGS = (
    "伟wei强qiang磊lei洋yang勇yong军jun杰jie涛tao超chao明ming刚gang平ping辉hui鹏peng华hua飞fei鑫xin波bo斌bin宇yu浩hao凯kai"
    "健jian俊jun帆fan帅shuai旭xu宁ning龙long林lin欢huan佳jia阳yang建jian亮liang成cheng峰feng国guo晨chen瑞rui志zhi兵bing"
    "雷lei东dong博bo彬bin坤kun想xiang岩yan杨yang文wen利li楠nan红hong霞xia芳fang娜na敏min静jing秀xiu英ying丽li艳yan娟juan"
    "兰lan燕yan玲ling桂gui丹dan萍ping玉yu梅mei莉li珍zhen婷ting凤feng晶jing颖ying雪xue慧hui倩qian琴qin畅chang云yun洁jie"
    "柳liu淑shu春chun海hai冬dong荣rong莹ying琳lin欣xin香xiang芝zhi小xiao金jin瑜yu花hua璐lu晓xiao思si雨yu子zi美mei家jia"
    "天tian一yi"
)
FAMILY_READINGS = (
    "王Wang李Li张Zhang刘Liu陈Chen杨Yang黄Huang吴Wu赵Zhao周Zhou徐Xu孙Sun马Ma朱Zhu胡Hu林Lin郭Guo何He高Gao罗Luo郑Zheng"
    "梁Liang谢Xie宋Song唐Tang许Xu邓Deng冯Feng韩Han曹Cao曾Zeng彭Peng萧Xiao蔡Cai潘Pan田Tian董Dong袁Yuan于Yu余Yu叶Ye"
    "蒋Jiang杜Du苏Su魏Wei程Cheng吕Lyu丁Ding沈Shen任Ren姚Yao卢Lu傅Fu钟Zhong姜Jiang崔Cui谭Tan廖Liao范Fan汪Wang陆Lu金Jin"
    "石Shi戴Dai贾Jia韦Wei夏Xia邱Qiu方Fang侯Hou邹Zou熊Xiong孟Meng秦Qin白Bai江Jiang阎Yan薛Xue尹Yin段Duan雷Lei黎Li史Shi"
    "龙Long陶Tao贺He顾Gu毛Mao郝Hao龚Gong邵Shao万Wan钱Qian严Yan赖Lai覃Qin洪Hong武Wu莫Mo孔Kong汤Tang"
)


def _pairs(text: str) -> dict[str, str]:
    """Split text in which one Chinese character stands before each reading."""
    readings: dict[str, str] = {}
    letter = ""
    for sign in text:
        if sign >= "一":  # the first of the Chinese characters
            letter = sign
            readings[letter] = ""
        else:
            readings[letter] += sign
    return readings


def _words(text: str) -> list[list[str]]:
    """Split "name Reading name Reading" into pairs."""
    parts = text.split()
    return [list(pair) for pair in zip(parts[::2], parts[1::2], strict=True)]


def _mixed(names: list[str]) -> list[str]:
    """Put names in an order that has nothing to do with the alphabet."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())


def _chinese_given(names: list[str], firsts: str, seconds: str) -> list[list[str]]:
    """Fill Faker's given names up to a hundred with two-character names, and add the readings."""
    readings = _pairs(READINGS)
    made = _mixed([a + b for a in firsts for b in seconds if a != b])
    chosen = list(dict.fromkeys([*names, *made]))[:100]
    return [[name, "".join(readings[c] for c in name).capitalize()] for name in chosen]


def _english_family() -> list[str]:
    """Four hundred family names, the frequent ones first, from both countries in turn."""
    by_weight = [
        [name for _, name in sorted((-weight, name) for name, weight in provider.last_names.items())]
        for provider in (British, American)
    ]
    both = [name for pair in zip(*by_weight, strict=False) for name in pair]
    return list(dict.fromkeys(both))[:400]


def make_pools() -> dict[str, dict[str, Any]]:
    """Return the pools.

    Returns
    -------
    dict
        ``{"en": ..., "zh": ...}``, each with ``female``, ``male``, ``family``, ``streets`` and ``cities`` (by region).
        Chinese entries are pairs: characters and Latin letters.
    """
    fake = Faker("en_GB")
    fake.seed_instance(2025)
    given = {
        kind: _mixed(list(dict.fromkeys([*getattr(British, name), *getattr(American, name)]))[:300])
        for kind, name in (("female", "first_names_female"), ("male", "first_names_male"))
    }
    family = _english_family()
    # no "West Emma", which would lie in the region North one time in four
    towns = iter(dict.fromkeys(town for _ in range(999) if re.fullmatch(r"\w{5,14}(?<!shire)", town := fake.city())))
    streets = _mixed([f"{name} {kind}" for name in family[::3] for kind in STREET_KINDS])[:200]
    english: dict[str, Any] = {**given, "family": family, "streets": streets}
    english["cities"] = {region: [next(towns) for _ in range(CITIES)] for region in REGIONS}
    chinese = {
        "female": _chinese_given(list(Chinese.first_names_female), "晓思雨子美家欣玉", "婷雪慧琳欣颖洁"),
        "male": _chinese_given(list(Chinese.first_names_male), "志子天家文海晓建", "强明杰涛宇浩俊成"),
        "family": [list(pair) for pair in _pairs(FAMILY_READINGS).items()][:100],
        "streets": _words(CHINESE_STREETS),
        "cities": {region: _words(text) for region, text in CHINESE_CITIES.items()},
    }
    return {"en": english, "zh": chinese}


if __name__ == "__main__":
    target = Path(__file__).with_name("pools.json")
    text = json.dumps(make_pools(), ensure_ascii=False, separators=(",", ":"))
    # a line for each list keeps later differences readable
    target.write_text(re.sub(r',(?="\w+":)', ",\n", text) + "\n", encoding="utf-8", newline="\n")
    print(target, target.stat().st_size, "bytes")
