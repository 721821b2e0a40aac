"""What README.md, tests/README.md and the manual pages say to type, to write and to open."""
import glob
import re
from dataclasses import dataclass

MARKDOWN = ["README.md", "tests/README.md"]
PAGES = sorted(glob.glob("systemd/man/*"))


@dataclass
class Block:
    """Lines to type or to write. `kind` says what they are, as in ```nginx server, or `.\\" run: nginx server`."""
    place: str
    kind: str
    text: str


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def plain(roff):
    """A line of mdoc without its escapes."""
    return roff.replace("\\-", "-").replace("\\&", "").replace("\\(dq", '"').replace("\\%", "").replace("\\e", "\\")


def blocks_of_markdown(path):
    found, block = [], None
    for number, line in enumerate(read(path).split("\n"), 1):
        if line.startswith("```"):
            if block:
                found.append(block)
                block = None
            else:
                block = Block("%s:%d" % (path, number), line[3:], "")
        elif block:
            block.text += line + "\n"
    return found


def blocks_of_page(path):
    found, block, kind = [], None, ""
    for number, line in enumerate(read(path).split("\n"), 1):
        if line.startswith('.\\" run: '):
            kind = line[len('.\\" run: '):]
        elif line.startswith(".Bd"):
            block, kind = Block("%s:%d" % (path, number), kind, ""), ""
        elif line == ".Ed":
            found.append(block)
            block = None
        elif block:
            block.text += plain(line) + "\n"
    return found


def blocks():
    """Every block of README.md and of the pages. tests/README.md has none that is not a picture or a make target."""
    return blocks_of_markdown("README.md") + [block for page in PAGES for block in blocks_of_page(page)]


def literals():
    """(place, text) of every piece of code within a sentence."""
    for path in MARKDOWN:
        text = re.sub(r"^```.*?^```$", "", read(path), flags=re.S | re.M)
        for code in re.findall(r"`([^`\n]+)`", text):
            yield path, code
    for path in PAGES:
        for line in read(path).split("\n"):
            for macro in re.findall(r'(?:^\.|^\.It .*?)(?:Ql|Cm|Pa) (?:\( )?("[^"]*"|\S+)', line):
                yield path, plain(macro.strip('"'))
            if line.startswith(".It Cm") or line.startswith(".Pa"):
                for word in re.findall(r'(?:Cm|Pa|,) ("[^"]*"|\S+)', line):
                    yield path, plain(word.strip('"'))


def flags():
    """(page, name) of every flag that a page names."""
    for path in PAGES:
        for line in read(path).split("\n"):
            for name in re.findall(r"\bFl (?:\( )?\\-([a-z\\-]+)", line):
                yield path, plain(name)


def links():
    """(file, target) of every link within the repository."""
    for path in MARKDOWN:
        for target in re.findall(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"', read(path)):
            target = target[0] or target[1]
            if "://" not in target:
                yield path, target
