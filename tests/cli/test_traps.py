#!/usr/bin/env python3
"""tests/cli/test_traps.py EXHIBIT - ways in which a lookup leads astray, and does not here.

Each was met in real data, or in what other tools make of it. The sources are made here, of
addresses that may be met on the Internet; those of the last two are Debian's.
"""
import json
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kit  # noqa: E402

AT = "2026-08-22"
MARK = b"\xab\xcd\xefMaxMind.com"


# ---- Sources ----------------------------------------------------------------


def mm(value):
    """A value of a MaxMind DB."""
    if isinstance(value, str):
        text = value.encode()
        head = bytes([0x40 | len(text)]) if len(text) < 29 else bytes([0x5d, len(text) - 29])
        return head + text
    if isinstance(value, int):
        return b"\xc4" + struct.pack(">I", value)
    if isinstance(value, bytes):  # a number of 16 or 64 bits
        return (b"\xa2" if len(value) == 2 else b"\x08\x02") + value
    if isinstance(value, list):  # only empty ones
        return b"\0\4"
    items = b"".join(mm(k) + mm(v) for k, v in value.items())
    return bytes([0xe0 | len(value)]) + items


def mmdb(record, kind, built):
    """A MaxMind DB in which 11.0.0.0/8 has this record, and nothing else has any."""
    bits = [11 >> (7 - i) & 1 for i in range(8)]
    tree = b""
    for i, bit in enumerate(bits):
        to = 8 + 16 if i == 7 else i + 1
        tree += b"".join((to if side == bit else 8).to_bytes(3, "big") for side in (0, 1))
    about = mm({"node_count": 8, "record_size": b"\0\x18", "ip_version": b"\0\4",
                "binary_format_major_version": b"\0\2", "binary_format_minor_version": b"\0\0",
                "build_epoch": struct.pack(">Q", built), "database_type": kind,
                "description": {}, "languages": []})
    return tree + bytes(16) + mm(record) + MARK + about


def rir(*rows):
    """A delegation file: (country, first, how many)."""
    body = "".join(f"ripencc|{cc}|ipv4|{first}|{n}|20100712|allocated\n" for cc, first, n in rows)
    return f"2|ripencc|1787356800|{len(rows)}|19700101|20260822|+0200\n{body}".encode()


def routes(net, length, *origins):
    """A routing table (RFC 6396, 4.3) of AT: one route, from each origin by a peer of its own."""
    def record(subtype, body):
        return struct.pack(">IHHI", 1787356800, 13, subtype, len(body)) + body
    peers = bytes(4) + struct.pack(">HH", 0, len(origins))
    route = bytes(4) + bytes([length]) + kit.ipv4(net)[:(length + 7) // 8]
    route += struct.pack(">H", len(origins))
    for i, asn in enumerate(origins):
        path = b"\x40\x02\x06\x02\x01" + struct.pack(">I", asn)
        attributes = b"\x40\x01\x01\0" + path
        peers += b"\2" + bytes([10, 0, 0, i + 1] * 2) + struct.pack(">I", 64500 + i)
        route += struct.pack(">HIH", i, 1787356800, len(attributes)) + attributes
    return record(1, peers) + record(2, route)


def locate(address, *sources, at=AT):
    args = [x for s in sources for x in ("--source", s)]
    said = kit.run("locate", "--json", "--at", at, *args, address)
    return json.loads(said.out.splitlines()[0]), said


def memo(address, *sources):
    args = [x for s in sources for x in ("--source", s)]
    return " ".join(kit.run("locate", "--at", AT, *args, address).out.decode().split())


# ---- The traps --------------------------------------------------------------


def old_data_packed_anew_is_not_taken_as_new(tap):
    with kit.Files() as files:
        path = files.put("db", mmdb({"country_code": "SE"}, "GeoIP-Country", 1783123200))
        said = kit.run("source", "check", path).out
        tap.ok("a build date is a bound", b"built 2026-07-04" in said and
               b"at least: the data may be older" in said, said)
        said = kit.run("source", "check", path + ",date=2019-12-24").out
        tap.ok("who knows better says so", b"by your word of 2019-12-24" in said, said)


def private_space_has_no_country_whatever_a_registry_writes(tap):
    with kit.Files() as files:
        path = files.put("r", rir(("AU", "192.168.0.0", 65536), ("US", "100.64.0.0", 4194304)))
        for address in ("192.168.1.1", "100.64.0.1"):
            o, said = locate(address, path)
            tap.ok(f"{address}: special, and nothing else", "special" in o and o["country"] is None
                   and o["registered_country"] is None and o["origin"]["statements"] == [], said)


def a_list_of_data_centres_is_none_of_vpns(tap):
    with kit.Files() as files:
        path = files.put("l", json.dumps({"name": "List of known VPN networks", "type": "cidr",
                                          "description": "datacenter and hosting networks",
                                          "list": ["11.0.0.0/24"]}).encode())
        for options in ("", ",as=vpn"):
            o, said = locate("11.0.0.1", path + options)
            tap.ok(f"flag of the list{options}", "hosting" in o["flags"] and "vpn" not in o["flags"],
                   said)


def codes_of_regions_and_of_nobody_are_no_countries(tap):
    with kit.Files() as files:
        codes = ("EU", "AP", "??", "XK", "ZZ")
        rows = "".join(f"{0x0b000000 + i * 256},{0x0b000000 + i * 256 + 255},{c}\n"
                       for i, c in enumerate(codes))
        # Nearest to the event, so it speaks for those that write records.
        path = files.put("g", rows.encode()) + f",family=records,date={AT},name=mine"
        for i, code in enumerate(codes):
            o, said = locate(f"11.0.{i}.1", path)
            said_to_be = [v["code"] for v in o["origin"]["located"]["values"]]
            if code in ("EU", "AP"):
                tap.ok(f"{code} is told, but yields to a country", o["country"] == "US" and
                       said_to_be == ["US", code], said)
            elif code == "XK":
                tap.ok("XK is in use, though not in ISO 3166", o["country"] == "XK", said)
            else:
                tap.ok(f"{code} says nothing", o["country"] == "US" and said_to_be == ["US"], said)


def a_copy_is_no_second_witness(tap):
    with kit.Files() as files:
        registry = files.put("r", rir(("SE", "11.0.0.0", 65536)))
        copy = files.put("c", mmdb({"country_code": "SE"}, "asn-country", 1783123200))
        for options in (",family=delegation", ""):
            assert kit.run("source", "check", copy + options).rc == 0
            said = memo("11.0.0.1", registry, copy + options)
            tap.ok(f"one family{options}", "agreed: SE (1 family)" in said and
                   "SE (2 families)" not in said, said)


def numbers_that_nobody_holds_have_no_name(tap):
    with kit.Files() as files:
        for asn in (4294967294, 23456, 64512, 0, 4294967295):
            record = {"autonomous_system_number": asn, "autonomous_system_organization": "Invented"}
            path = files.put("db", mmdb(record, "GeoLite2-ASN", 1787356800))
            o, said = locate("11.0.0.1", path)
            mine = [a for a in o["origin"]["as"] if a["number"] == asn]
            tap.ok(f"AS{asn} is said to be nobody's", mine and mine[0]["name"] == "" and
                   "RFC" in mine[0]["special"], said)


def both_forms_of_databases_say_the_same(tap):
    with kit.Files() as files:
        for name, record in (("flat", {"country_code": "SE"}), ("nested", {"country": {"iso_code": "SE"}})):
            path = files.put(name, mmdb(record, "dbip-country", 1787356800))
            o, said = locate("11.0.0.1", path + ",name=mine")
            tap.ok(name, [s["code"] for s in o["origin"]["statements"] if s["source"] == "mine"] ==
                   ["SE"], said)


def a_list_of_tor_exits_is_of_its_day(tap):
    with kit.Files() as files:
        path = files.put("l", b"11.0.0.1\n")
        for date, stale in (("2024-02-27", True), ("2026-08-20", False)):
            o, said = locate("11.0.0.1", f"{path},as=tor-exit,date={date}")
            tap.ok(f"{date}: old is {stale}", ("tor-exit" in o["origin"]["stale_flags"]) == stale, said)
        said = memo("11.0.0.1", f"{path},as=tor-exit,date=2024-02-27")
        tap.ok("the memo says so, and how old", "tor-exit (an old list)" in said and
               "2 years before the event" in said, said)


def udp(src, dst, sport, dport):
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 36, sport, 0, 64, 17, 0) + kit.ipv4(src) + kit.ipv4(dst)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + struct.pack(">HHHH", sport, dport, 16, 0) + bytes(8)


def whoever_sends_udp_may_be_anybody(tap):
    with kit.Files() as files:
        path = files.put("f", kit.pcap([kit.record(kit.BEGIN_NS + i * 10**7,
                                                   udp("11.0.0.1", "192.0.2.5", 40000, 1 + i))
                                        for i in range(300)]))
        said = kit.analyze("--local", "192.0.2.0/24", path)
        tap.ok("found, and unproven", said.findings and
               all(f["authentic"] == "one-way-only" for f in said.findings), said)
        tap.ok("the ladder says that it may be forged",
               "it may be forged" in json.dumps(said.findings[0]["ladder"]), said)


def random_senders_get_no_ranking(tap):
    draw = random.Random(7)
    records = [kit.record(kit.BEGIN_NS + i * 10**5,
                          kit.tcp_frame(draw.randbytes(4), kit.ipv4("192.0.2.5"), 1024 + i, 80))
               for i in range(20000)]
    with kit.Files() as files:
        path = files.put("f", kit.pcap(records))
        said = kit.analyze("--local", "192.0.2.0/24", path)
        flood = [f for f in said.findings if f["kind"].startswith("flood")]
        tap.ok("the senders look forged", flood and flood[0]["authentic"] == "spoof-consistent", said)
        tap.ok("and so have no countries", "where" not in said.summary and
               all("origin" not in f for f in flood), said)
        screen = kit.run("analyze", "--no-store", "--local", "192.0.2.0/24", path).out
        tap.ok("on the screen, either", b"Located:" not in screen and b"Where do" not in screen, screen)


def delegations_are_counted_in_addresses(tap):
    with kit.Files() as files:
        path = files.put("r", rir(("SE", "11.0.1.0", 768)))
        for address, inside in (("11.0.0.255", False), ("11.0.1.0", True), ("11.0.3.255", True),
                                ("11.0.4.0", False)):
            o, said = locate(address, path)
            spoke = any(s["about"] == "registered" for s in o["origin"]["statements"])
            tap.ok(f"{address}: inside is {inside}", spoke == inside, said)


WANTED = (".env wp-login.php admin phpmyadmin/ .git/config shell.php vendor/phpunit cgi-bin/x solr "
          "actuator/env boaform HNAP1 manager/html config.json .aws/credentials owa api/v1/pods "
          "telescope debug/default login.action").split()


def without_a_source_port_no_customer_can_be_asked_for(tap):
    lines = "".join(f'11.0.0.1 - - [22/Aug/2026:10:00:{i % 60:02} +0000] "GET /{p} HTTP/1.1" 404 9\n'
                    for i, p in enumerate(WANTED * 3))
    with kit.Files() as files:
        path = files.put("access.log", lines.encode())
        ladder = json.dumps([f["ladder"] for f in kit.analyze(path).findings])
        tap.ok("the rung of the time says so", "port-missing" in ladder and "RFC 6302" in ladder,
               ladder)


def an_anycast_network_has_no_country(tap):
    if not os.path.exists("/var/lib/location/database.db"):
        tap.skip("1.1.1.1", "no libloc-database")
        return
    o, said = locate("1.1.1.1")
    tap.ok("AU is where it is registered", o["country"] is None and o["registered_country"] == "AU"
           and o["country_word"] == "not-meaningful", said)
    tap.ok("and nothing else", "It seems to be in AS13335 CLOUDFLARENET, registered in AU, located "
           "in no one place" in memo("1.1.1.1"))


def addresses_inside_of_others_are_looked_up(tap):
    with kit.Files() as files:
        path = files.put("g", b"184549376,184549631,SE\n")  # 11.0.0.0/24
        teredo = "2001:0:4136:e378:8000:63bf:f4ff:fffe"  # 11.0.0.1, with all bits turned
        for address, wrap in (("::ffff:11.0.0.1", None), ("2002:b00:1::1", "6to4"),
                              (teredo, "teredo"), ("64:ff9b::11.0.0.1", "nat64")):
            o, said = locate(address, path)
            kept = wrap is None or (o["wrap"] == wrap and o["looked_up"] == "11.0.0.1")
            tap.ok(address, kept and "SE" in [s.get("code") for s in o["origin"]["statements"]], said)


def authorizations_that_had_ended_judge_no_route(tap):
    ends = {"after": 1787356800 + 86400, "before": 1787356800 - 3600}
    with kit.Files() as files:
        table = files.put("rib", routes("11.0.0.0", 24, 64496 - 64000))
        for which, expires in ends.items():
            vrps = {"metadata": {"buildtime": f"{AT}T00:00:00Z"},
                    "roas": [{"asn": 65000 - 64000, "prefix": "11.0.0.0/24", "maxLength": 24,
                              "ta": "x", "expires": expires}]}
            path = files.put("vrps", json.dumps(vrps).encode())
            o, said = locate("11.0.0.1", table, path)
            mine = [a for a in o["origin"]["as"] if a["number"] == 496]
            want = "invalid-asn" if which == "after" else None
            tap.ok(f"an end {which} the event: {want}", mine and mine[0].get("validity") == want, said)


def what_a_routing_table_says_is_said_in_bulk_too(tap):
    vrps = {"metadata": {"buildtime": f"{AT}T00:00:00Z"},
            "roas": [{"asn": 496, "prefix": "11.0.0.0/24", "maxLength": 24, "ta": "x"}]}
    with kit.Files() as files:
        args = ["--json", "--at", AT, "--home", files.path("home"),
                "--source", files.put("rib", routes("11.0.0.0", 24, 496, 1000)),
                "--source", files.put("vrps", json.dumps(vrps).encode())]
        asked = ["11.0.0.7", "11.0.1.1", "64:ff9b::11.0.0.9", "8.8.8.8"]
        said = kit.run("locate", "--routes", *args, stdin="\n".join(asked).encode())
        bulk = [json.loads(x)["route"] for x in said.out.splitlines()]
        tap.ok("two origins, peers, and which of them is authorized", bulk[0] == {
            "source": "rib", "prefix": "11.0.0.0/24", "moas": True, "origins": [
                {"asn": 496, "peers_with_it": 1, "peers": 2, "validity": "valid"},
                {"asn": 1000, "peers_with_it": 1, "peers": 2, "validity": "invalid-asn"}]}, said)
        tap.ok("for the address inside another, too", bulk[2] == bulk[0], said)
        tap.ok("null where there is no route", bulk[1] is None and bulk[3] is None, said)
        one = [json.loads(x)["route"] for x in kit.run("locate", *args, *asked).out.splitlines()]
        tap.ok("and the same when asked one by one", one == bulk, one)
        plain = kit.run("locate", *args, stdin=b"11.0.0.7\n")
        tap.ok("nothing of it unless asked", "route" not in json.loads(plain.out), plain)
        wrong = kit.run("locate", "--routes", stdin=b"11.0.0.7\n")
        tap.ok("it is for JSON", wrong.rc == 2 and b"--routes is for --json" in wrong.err, wrong)
        none = kit.run("locate", "--json", "--routes", "--home", files.path("home"), stdin=b"11.0.0.7\n")
        tap.ok("nothing without a routing table", "route" not in json.loads(none.out), none)


if __name__ == "__main__":
    kit.main([old_data_packed_anew_is_not_taken_as_new,
              private_space_has_no_country_whatever_a_registry_writes,
              a_list_of_data_centres_is_none_of_vpns,
              codes_of_regions_and_of_nobody_are_no_countries, a_copy_is_no_second_witness,
              numbers_that_nobody_holds_have_no_name, both_forms_of_databases_say_the_same,
              a_list_of_tor_exits_is_of_its_day, whoever_sends_udp_may_be_anybody,
              random_senders_get_no_ranking, delegations_are_counted_in_addresses,
              without_a_source_port_no_customer_can_be_asked_for, an_anycast_network_has_no_country,
              addresses_inside_of_others_are_looked_up,
              authorizations_that_had_ended_judge_no_route,
              what_a_routing_table_says_is_said_in_bulk_too])
