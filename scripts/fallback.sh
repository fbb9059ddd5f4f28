#!/bin/sh
# Shows that the snapshot form's fallback costs nothing: for a source that has only the four calls, transferring through it and
# calling the naive form directly are the same instructions (tests/bridge_fallback.rs), by two measures:
#
#   - the two functions' machine code, compared;
#   - the instructions that callgrind counts in each, for one transfer of a result.
#
# The third column is what the default `snapshot` would cost without the choice at compile time; it is shown, not checked.
# Needs objdump, valgrind and python3.
set -eu
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
binary=$(cargo test --locked --release -p tollbridge-tests --test bridge_fallback --no-run --message-format=json 2>/dev/null |
    python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable") and message["target"]["name"] == "bridge_fallback":
        print(message["executable"])
')
[ -n "$binary" ] || { echo "failed to build tests/bridge_fallback.rs" >&2; exit 1; }

counts="$target/fallback.callgrind"
valgrind --quiet --tool=callgrind --callgrind-out-file="$counts" "$binary" --test-threads=1 >/dev/null
callgrind_annotate --inclusive=yes --threshold=100 "$counts" >"$counts.txt"
objdump --disassemble --demangle --no-show-raw-insn "$binary" >"$counts.asm"

python3 - "$counts.asm" "$counts.txt" <<'PYTHON'
import re
import sys

FORMS = ("direct", "fallback", "stepwise")
NAME = re.compile(r"bridge_fallback::(\w+)::(%s)\b" % "|".join(FORMS))

code, current, base = {}, None, 0
for line in open(sys.argv[1]):
    head = re.match(r"([0-9a-f]+) <(.*)>:$", line)
    if head:
        found = NAME.search(head[2])
        current, base = (found.groups() if found else None), int(head[1], 16)
        symbol = head[2]
        continue
    instruction = re.match(r" +[0-9a-f]+:\t(.*)", line)
    if not current or not instruction:
        continue
    text = instruction[1].strip()
    # Jumps inside the function become offsets; what is addressed relative to the next instruction is named in a comment.
    text = re.sub(r"\b[0-9a-f]+ <%s\+(0x[0-9a-f]+)>" % re.escape(symbol), r"+\1", text)
    text = re.sub(r"0x[0-9a-f]+\(%rip\)", "(%rip)", text)
    # Padding after the last instruction.
    if not re.match(r"(nop|data16|cs nop|int3|xchg +%ax,%ax)", text):
        code.setdefault(current, []).append(text)

counted = {}
for line in open(sys.argv[2]):
    found = NAME.search(line)
    number = re.match(r" *([0-9,]+)", line)
    if found and number:
        counted.setdefault(found.groups(), int(number[1].replace(",", "")))

failed = False
print(f"{'instructions':20}" + "".join(f"{form:>10}" for form in FORMS) + "   code of the first two")
for name in sorted({name for name, _ in code}):
    row = [counted.get((name, form)) for form in FORMS]
    same_code = code[name, "direct"] == code[name, "fallback"]
    equal = same_code and row[0] is not None and row[0] == row[1]
    failed |= not equal
    verdict = "identical" if same_code else "DIFFERENT"
    print(f"{name:20}" + "".join(f"{count if count is not None else '?':>10}" for count in row) + f"   {verdict}")
if not code or failed:
    sys.exit("failed: the fallback is not free")
PYTHON
