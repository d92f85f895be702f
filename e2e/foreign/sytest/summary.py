#!/usr/bin/env python3
"""Counts a run of SyTest: `summary.py OUT ERR`, its output in TAP and what it wrote beside that.

Apart from the rest stand the tests of what the homeserver does not have yet, and those that SyTest itself never
runs; docs/conformance.md says why. A test belongs there by its file, its name, or the reason it was skipped for.
"""

import re
import sys
from collections import Counter, defaultdict

# The first that fits counts. What is written as "file", "name" or "skip" is a pattern to be found there.
APART = [
    ("federation", [("file", "tests/50federation/"), ("skip", "federation is not tested"),
                    # Proved by tests with a second homeserver only.
                    ("skip", "lack of can_join_remote_room_by_alias|lack of can_receive_room_message_locally"),
                    # Its two users share a room with a third one, who is on the second homeserver.
                    ("name", "^Presence can be set from sync$|room members can get room messages$|over federation$"),
                    ("file", "48admin-quarantine"),
                    # Talks to the homeserver as another one does, over TLS.
                    ("name", "^Rejected events are not pushed$")]),
    ("application services", [("file", "tests/60app-services/")]),
    ("third-party identifiers", [("file", "12login/01threepid|12thirdpartyinvite|54identity"), ("name", "3pid|email")]),
    ("single sign-on", [("file", "12login/02cas"), ("skip", "no m.login.cas")]),
    ("peeking", [("file", "31sync/17peeking")]),
    ("room versions 1 to 5", [("name", "with version [1-5]$|creates a room with the given version"),
                              ("name", "push rules copied to upgraded room"),
                              # Every upgrade is one to version 2.
                              ("skip", "can_create_versioned_room|can_upgrade_room_version")]),
    ("never run by SyTest", [("skip", "can_change_power_levels|can_invite_presence")]),
]


def place(test):
    """Why a test is counted apart, if it is."""
    for why, marks in APART:
        if any(re.search(pattern, test[field]) for field, pattern in marks):
            return why
    return None


def main(out, err):
    files, file = {}, "?"
    for line in open(err, errors="replace"):
        if found := re.match(r"(tests/\S+\.pl):$", line):
            file = found[1]
        elif found := re.match(r"\s+Test (\d+) ", line):
            files[int(found[1])] = file
    groups, total, apart, failures = defaultdict(Counter), Counter(), defaultdict(Counter), []
    for line in open(out, errors="replace"):
        found = re.match(r"(not ok|ok) (\d+) (.*)$", line)
        if not found:
            continue
        verdict, number, name = found.groups()
        name, _, reason = name.partition(" # skip ")
        result = "skipped" if reason else "passed" if verdict == "ok" else "failed"
        file = files.get(int(number), "?")
        if why := place({"file": file, "name": name, "skip": reason}):
            apart[why][result] += 1
            continue
        groups[file.split("/")[1].removesuffix(".pl")][result] += 1
        total[result] += 1
        if result != "passed":
            failures.append(f"{result} {file}: {name} {reason}".strip())

    def row(name, count):
        ran = count["passed"] + count["failed"] + count["skipped"]
        print(f"| {name} | {count['passed']} | {count['failed']} | {count['skipped']} | {ran} |")

    print("| group | passed | failed | skipped | of |\n|---|---|---|---|---|")
    for group in sorted(groups):
        row(group, groups[group])
    row("**together**", total)
    for why in sorted(apart):
        row(f"apart: {why}", apart[why])
    everything = sum(total.values())
    print(f"\n{100 * total['passed'] / max(everything, 1):.1f} of 100 of {everything}")
    print("\n".join(failures))


if __name__ == "__main__":
    main(*sys.argv[1:3])
