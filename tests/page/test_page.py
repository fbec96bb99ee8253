#!/usr/bin/env python3
"""tests/page/test_page.py EXHIBIT-VERIFY CASE_DUMP [PAGE.html PAGE.mjs] - the verifier's
page says what the program says, word for word, in a browser and out of one."""
import json
import os
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

SMALL, DUMP = (os.path.abspath(p) for p in sys.argv[1:3])
PAGE, SCRIPT = (os.path.abspath(p) for p in sys.argv[3:5]) if len(sys.argv) > 4 else (None, None)
RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.mjs")
POLICIES = ("witness.policy", "plain.policy", "stranger.policy")
MUTANTS = 120


def case(files, kind):
    folder = files.path(kind)
    os.makedirs(folder, exist_ok=True)
    subprocess.run([DUMP, folder, kind], check=True, timeout=60)
    return folder


def program(file, policy, *args):
    """Exit status, and what it says: the report, or why there is none."""
    done = subprocess.run([SMALL, file, "--policy", policy, *args], capture_output=True,
                          check=False, timeout=60, env=kit.environment())
    said = done.stdout.decode() or re.sub(r"^[^:]*: ", "", done.stderr.decode())
    return done.returncode, unsaid(said.replace(file, "exhibit").replace(policy, "policy"))


def unsaid(text):
    """Without what depends on the minute in which it is said, or on the page."""
    text = re.sub(r"it\s+ended\s+.*?\s+ago", "it ended then", text, flags=re.S)
    return re.sub(r"[ \n]+", " ", text)


def page(policy, *files):
    done = subprocess.run(["node", RUN, SCRIPT, str(int(time.time())), policy, *files],
                          capture_output=True, check=True, timeout=250)
    return [(a["exit"], unsaid(a["text"]), a["json"])
            for a in map(json.loads, done.stdout.decode().splitlines())]


def the_page_says_what_the_program_says(tap):
    with kit.Files() as files:
        for kind in ("live", "file", "log", "lie"):
            folder = case(files, kind)
            for name in POLICIES:
                ours = program(f"{folder}/case.exhibit", f"{folder}/{name}")
                got = page(f"{folder}/{name}", f"{folder}/case.exhibit")[0]
                tap.ok(f"{kind}, {name}: the same words, exit {ours[0]}", got[:2] == ours,
                       f"{got[:2]}\n{ours}")
        folder = case(files, "live")
        _, text = program(f"{folder}/case.exhibit", f"{folder}/plain.policy", "--json")
        got = page(f"{folder}/plain.policy", f"{folder}/case.exhibit")[0]
        tap.ok("and the same JSON", unsaid(got[2]) == text, got[2][:300])


def it_refuses_what_the_program_refuses(tap):
    rng = random.Random(1)
    with kit.Files() as files:
        folder = case(files, "file")
        whole = kit.get(f"{folder}/case.exhibit")
        mutants = []
        for i in range(MUTANTS):
            data = bytearray(whole)
            if i % 4 == 0:
                del data[rng.randrange(len(data)):]
            else:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            mutants.append(files.put(f"m{i}", bytes(data)))
        policy = f"{folder}/plain.policy"
        got = page(policy, *mutants)
        ours = [program(m, policy) for m in mutants]
        tap.none("changed and cut exhibits: the same answers",
                 [f"{m}: {g[:2]} and {o}" for m, g, o in zip(mutants, got, ours) if g[:2] != o])
        tap.none("none of them holds", [m for m, g in zip(mutants, got) if g[0] == 0])


def browser():
    from selenium import webdriver  # only where there is one
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
    return webdriver.Chrome(service=service, options=options)


def in_browser(driver, exhibit, policy):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait
    driver.get(f"file://{PAGE}")
    driver.find_element(By.ID, "exhibit").send_keys(exhibit)
    driver.find_element(By.ID, "policy").send_keys(policy)
    driver.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    result = driver.find_element(By.ID, "result")
    WebDriverWait(driver, 30).until(lambda _: result.is_displayed())
    status = driver.find_element(By.ID, "status")
    return int(status.get_attribute("data-exit")), unsaid(result.get_property("textContent"))


def a_browser_shows_it(tap):
    with kit.Files() as files:
        driver = browser()
        try:
            folder = case(files, "live")
            for name in POLICIES:
                ours = program(f"{folder}/case.exhibit", f"{folder}/{name}")
                got = in_browser(driver, f"{folder}/case.exhibit", f"{folder}/{name}")
                tap.ok(f"{name}: exit {ours[0]}", got == ours, f"{got}\n{ours}")
            noise = files.put("noise", b"PK\3\4 no exhibit")
            got = in_browser(driver, noise, f"{folder}/plain.policy")
            tap.ok("what is no exhibit", got[0] == 2 and "exhibit: offset" in got[1], got)
            tap.none("nothing is fetched, and nothing breaks the page's own rules",
                     [line["message"] for line in driver.get_log("browser")])
        finally:
            driver.quit()


def main():
    tap = kit.Tap()
    if PAGE is None:
        tap.skip("the page", "nothing here makes it (clang-14, wasi-libc, npm)")
        return tap.done()
    the_page_says_what_the_program_says(tap)
    it_refuses_what_the_program_refuses(tap)
    if os.path.exists("/usr/bin/chromedriver"):
        a_browser_shows_it(tap)
    else:
        tap.skip("a browser shows it", "no chromedriver")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
