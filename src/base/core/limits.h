/* base/core/limits.h - every limit on what an input may make us do.
 *
 * Each has a line in docs/THREATS.md; messages name the limit that was met.
 * Long because all limits stand in one place.
 */
#pragma once

/* capture */
enum {
    /* A frame's captured bytes. Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD. */
    LIMIT_FRAME_BYTES = 262144,
    /* A pcapng block. Name resolution and decryption secrets blocks are skipped
     * piecewise, so only blocks that must be whole count against it. */
    LIMIT_BLOCK_BYTES = 1 << 20,
    /* Interfaces of one pcapng section: 65,536 would cost 1.5 MiB. */
    LIMIT_INTERFACES = 65536,
    /* One log line; longer ones are remarked on and skipped. */
    LIMIT_LINE_BYTES = 65536,
    /* The longest line that an opening can have: an entry of a journal in JSON, with up to
     * four bytes for each of its message. */
    LIMIT_OPENED_LINE_BYTES = 5 * LIMIT_LINE_BYTES,
    /* One field of a journal entry; systemd's own limit (DATA_SIZE_MAX). */
    LIMIT_JOURNAL_FIELD_BYTES = 768 << 20,
    /* Headers inside headers: VLAN tags, MPLS labels, tunnels, extensions. */
    LIMIT_LAYERS = 16,
    /* Packets inside packets that become observations of their own. */
    LIMIT_TUNNELS = 4,
    /* Inputs of one run: positions keep 16 bits for them. */
    LIMIT_INPUTS = 65535,
    /* Different remarks of one input. */
    LIMIT_REMARKS = 64,
    /* A gzip or zstd frame may need this much window. */
    LIMIT_WINDOW_LOG = 27,
    /* Compressed data may become this many times as much, once it is over a
     * gibibyte: what people keep stays under 200; gzip can reach 1032, zstd
     * 30,000. A user may ask for more. */
    LIMIT_EXPANSION = 1000,
    LIMIT_EXPANSION_FREE = 1 << 30,
};

/* attribute */
enum {
    /* Sources of one run, default and added: statements keep 8 bits for them. */
    LIMIT_SOURCES = 64,
    /* A source file. The largest city database on sale is under half of it. */
    LIMIT_SOURCE_BYTES = 1 << 30,
    /* A source that is JSON: its parsed form needs some ten times as much. */
    LIMIT_SOURCE_JSON_BYTES = 32 << 20,
    /* Ranges of one text source. The whole IPv4 delegation has 0.2 million. */
    LIMIT_SOURCE_RANGES = 8 << 20,
    /* Nesting and items of one record of a MaxMind DB; real ones have 4 and
     * about 200. Their library recurses without looking. */
    LIMIT_MMDB_DEPTH = 32,
    LIMIT_MMDB_ITEMS = 16384,
    /* Runs of addresses of one source in the compiled table, and of all of them
     * together. The largest database on sale has 5 million networks. */
    LIMIT_TABLE_CUTS = 16 << 20,
    /* Nodes of a database's tree that compiling looks at: branches that a
     * writer shared are met more than once. */
    LIMIT_TABLE_NODES = 64 << 20,
    /* Words of four bytes of one family's index: 256 MiB. */
    LIMIT_TABLE_WORDS = 64 << 20,
    /* Different combinations of statements, and the bytes of all of them. */
    LIMIT_TABLE_VALUES = 8 << 20,
    LIMIT_TABLE_VALUE_BYTES = 1 << 29,
    /* A compiled table file. */
    LIMIT_TABLE_BYTES = 1 << 30,
    /* Networks in one file of saved RDAP or whois answers: 32 MiB of them. */
    LIMIT_CONTACTS = 65536,
    /* Entities inside entities of an RDAP answer; registries nest three deep. */
    LIMIT_RDAP_DEPTH = 8,
    /* One record of a routing table: 65,535 peers with 200 bytes each. */
    LIMIT_MRT_RECORD_BYTES = 16 << 20,
    /* Peers of a TABLE_DUMP, which are looked for one by one; the largest
     * collectors have some hundred. */
    LIMIT_MRT_PEERS = 4096,
    /* Networks of a routing table, once for each origin. The whole table has
     * 1.3 million; the older dumps count each peer apart. */
    LIMIT_RIB_ROWS = 8 << 20,
    /* What a packed source may unpack to, in MiB. The largest collectors' tables
     * have 6 GB. */
    LIMIT_UNPACKED_MIB = 16384,
    /* Signed authorizations; all of the RPKI has some 0.8 million. */
    LIMIT_VRPS = 8 << 20,
    /* One member of a file of authorizations that is no authorization. */
    LIMIT_VRP_MEMBER_BYTES = 32 << 20,
    /* One authorization in it, with what validators write about its origin. */
    LIMIT_VRP_BYTES = 65536,
    /* Lines of a geofeed. The largest that operators publish have 0.1 million. */
    LIMIT_GEOFEED = 1 << 20,
};

/* detect */
enum {
    /* Victims and services of reflection watched at once: each has a set of
     * sources, 9 KiB at least. */
    LIMIT_AMPLIFY_VICTIMS = 16384,
    /* First fragments of 8 bytes whose next one is awaited. */
    LIMIT_PIECES = 256,
    /* Small events kept for scan.distributed; past it the oldest are judged. */
    LIMIT_SHARES = 1 << 18,
    /* Pairs of one of them: a larger scan is found without its helpers. */
    LIMIT_SHARE_PAIRS = 16384,
    /* Connections in captures whose last HTTP request is remembered, to tell
     * which response is its own: 6 MiB. The quiet ones make room. */
    LIMIT_WEB_CONNECTIONS = 1 << 16,
    /* Packets with SYN, to and from login services, that are remembered: 30 ms
     * of a flood of a million a second. */
    LIMIT_LOGIN_ASKED = 1 << 15,
    /* Connections to login services of which only one side's payload was seen.
     * The older half is forgotten past it. */
    LIMIT_LOGIN_UNANSWERED = 1 << 15,
};

/* exchange */
enum {
    /* A line of `analyze --json`: a finding with all its statements has 40 kB. */
    LIMIT_FINDING_LINE_BYTES = 1 << 20,
    /* Findings in files of them. Notices about more would help nobody. */
    LIMIT_FINDINGS = 65536,
    /* A claim as it arrives. Abuse desks refuse mail beyond some 10 MiB; parsed
     * JSON needs ten times as much. */
    LIMIT_CLAIM_BYTES = 8 << 20,
    /* An exhibit as a claim; larger ones can be shown in parts. */
    LIMIT_CLAIM_EXHIBIT_BYTES = 64 << 20,
    /* Incidents of one claim, rows of a table joined: 0.6 MiB of them. */
    LIMIT_CLAIMS = 1024,
    /* Parts of a mail, and mails inside of mails. */
    LIMIT_CLAIM_PARTS = 256,
    LIMIT_CLAIM_DEPTH = 8,
    /* What archives in one claim may unpack to, all together. */
    LIMIT_CLAIM_UNPACKED_BYTES = 32 << 20,
    /* Columns of a table; Shadowserver's widest reports have some 150. */
    LIMIT_CLAIM_COLUMNS = 256,
    /* Connections that fit a claim, remembered to know whether they were
     * completed: 13 MiB. */
    LIMIT_CLAIM_CONNECTIONS = 1 << 16,
    /* The text of a signed statement. An accord of 16 parties with all definitions
     * has some 60 kB. */
    LIMIT_STATEMENT_BYTES = 1 << 18,
    /* A file of statements as it is handed over: what goes along with one is an
     * exhibit that a mail can carry, a third longer as text. */
    LIMIT_HANDED_BYTES = 26 << 20,
    /* Statements in one such file: an accord with all its changes, or a case with
     * all that was said about it. */
    LIMIT_HANDED_STATEMENTS = 64,
    /* What goes along in one such file. */
    LIMIT_HANDED_ENCLOSED = 8,
    /* Parties of an accord, and so ledgers that hold one statement. */
    LIMIT_ACCORD_PARTIES = 16,
    /* Parties of a calibration: each may have two commitments and two reveals on
     * record (two of one kind prove that it said two things), in one file. */
    LIMIT_CALIBRATE_PARTIES = 15,
    /* Scenarios of a calibration; 24 ship. With their texts they fit a statement. */
    LIMIT_CALIBRATE_SCENARIOS = 64,
    /* Capture of a scenario; the largest that ships has 43 kB. */
    LIMIT_CALIBRATE_CAPTURE_BYTES = 4 << 20,
    /* Runs of the detectors for one report: it says where it stopped. */
    LIMIT_CALIBRATE_RUNS = 4096,
    /* Keys of one party that are followed from the one that was agreed on. */
    LIMIT_PARTY_KEYS = 64,
    /* Statements that a home keeps: ten a day for 18 years. */
    LIMIT_KEPT_STATEMENTS = 65536,
    /* ... of which the last are not for what others send: what a full home has can
     * still be read and answered. */
    LIMIT_KEPT_RESERVE = 4096,
    /* Claims that a notice sums up, remotes named of each, and bytes of one text for
     * people in it: what a desk reads, and far within a statement. */
    LIMIT_CASE_CLAIMS = 64,
    LIMIT_CASE_REMOTES = 64,
    LIMIT_CASE_TEXT = 4000,
    /* Statements of one case that are taken in from the other side: the rest of a
     * file's room is ours, so that nobody can keep us from answering. */
    LIMIT_CASE_THEIRS = 40,
    /* Addresses of a case whose outcome is looked for at once, targets of each that
     * are kept, those of all, and other addresses of their networks: 32 bytes and more
     * for each, and 8 kB of ports for each address. */
    LIMIT_OUTCOME_REMOTES = 256,
    LIMIT_OUTCOME_TARGETS = 4096,
    LIMIT_OUTCOME_ALL_TARGETS = 65536,
    LIMIT_OUTCOME_NEIGHBOURS = 1024,
    /* Acts that notices of a history name, to know which say something new (48 bytes
     * each); networks that answers in it are about; and pairs of them that are told. */
    LIMIT_HISTORY_ACTS = 1 << 20,
    LIMIT_HISTORY_ANSWERS = 65536,
    LIMIT_HISTORY_PAIRS = 256,
    /* A signed mail; with an exhibit in it, it is larger than a claim. */
    LIMIT_DKIM_MAIL_BYTES = 64 << 20,
    /* Header fields of a signed mail; each name of a signature is looked for
     * among them. Mails that many relays handled have some 200. */
    LIMIT_DKIM_FIELDS = 1024,
    /* A file of keys, the keys in it, one record or signature, and how many keys
     * of one name are tried: a name has one at a time. */
    LIMIT_DKIM_FILE_BYTES = 1 << 20,
    LIMIT_DKIM_KEYS = 1024,
    LIMIT_DKIM_KEY_BYTES = 8192,
    LIMIT_DKIM_TRIES = 8,
};

/* store */
enum {
    /* A row: a notice about 10,000 findings has 25 MB. */
    LIMIT_STORE_ROW_BYTES = 64 << 20,
};

/* processes and cages */
enum {
    /* New descriptors in a reader's cage: none; but poll() counts against it. */
    LIMIT_READER_DESCRIPTORS = 4,
    /* In an analyst's: each source has its file, a memory file and two copies. */
    LIMIT_ANALYST_DESCRIPTORS = 4 * LIMIT_SOURCES + 64,
};

/* ledger */
enum {
    /* A signed note. 64 ML-DSA-44 cosignatures have 210 kB. */
    LIMIT_NOTE_BYTES = 1 << 20,
    /* Signature lines of one note; signed-note asks for 16 at least. */
    LIMIT_NOTE_SIGNATURES = 64,
    /* One signature with its key id. SLH-DSA-SHA2-128s, the longest that notes
     * are likely to carry, has 7,856 bytes. */
    LIMIT_SIGNATURE_BYTES = 8192,
    /* A public key with its type. ML-DSA-44 has 1,312 bytes, ML-DSA-87 2,592. */
    LIMIT_KEY_BYTES = 4096,
    /* Entries taken in by a ledger and not yet committed. */
    LIMIT_LEDGER_PENDING_BYTES = 64 << 20,
    /* A policy file: 128 keys of ML-DSA-44 have 230 kB as text. */
    LIMIT_POLICY_BYTES = 1 << 20,
    /* Logs, witnesses and groups of a policy, each; tlog-policy asks for 32. */
    LIMIT_POLICY_ITEMS = 64,
    /* What a tlog-proof carries besides the proof; nothing of ours uses it. */
    LIMIT_PROOF_EXTRA_BYTES = 65536,
    /* An answer of a timestamp authority; ordinary ones have 1 to 8 kB. */
    LIMIT_TIMESTAMP_BYTES = 65536,
    /* Keys that signed a ledger, one after the other: one a week for 20 years. */
    LIMIT_LEDGER_KEYS = 1024,
    /* A file of certificates. Debian's whole bundle has 220 kB. */
    LIMIT_CA_BYTES = 4 << 20,
};

/* evidence */
enum {
    /* A segment's header: 64 networks and the longest names have 6 kB. */
    LIMIT_HEADER_BYTES = 16384,
    /* Records of one segment; then it closes. */
    LIMIT_SEGMENT_RECORDS = 1 << 20,
    /* Connections remembered to know their first packets: 16 MiB. Past it no
     * absence of single connections is claimed. */
    LIMIT_SEALED_FLOWS = 1 << 20,
    /* Local addresses whose tokens are kept for the next segment. */
    LIMIT_SEALED_LOCALS = 1 << 21,
    /* Options, payload and lines of one segment; then it closes. */
    LIMIT_SEGMENT_DATA = 1 << 28,
    /* Options and payload that a segment keeps to be opened. */
    LIMIT_SEALED_BYTES = 1 << 30,
    /* Words of a report on one exhibit: a claim has some 2 kB. */
    LIMIT_VERIFY_REPORT_BYTES = 64 << 20,
    /* Records that its claims make us feed to the detectors, over all claims: some
     * minutes. Claims about the same ones count once. */
    LIMIT_VERIFY_ROWS = 1 << 28,
    /* Remotes of its claims that the reader's own sources are asked about, and
     * what they answer: 5 kB each. */
    LIMIT_VERIFY_REMOTES = 4096,
    LIMIT_VERIFY_ORIGIN_BYTES = 64 << 20,
    /* An exhibit as a file: a million records, fully opened, have 200 MB. */
    LIMIT_EXHIBIT_BYTES = 1 << 30,
    /* One that goes along with a mail: many servers take no more than 25 MB. */
    LIMIT_ENCLOSURE_BYTES = 18 << 20,
    /* Its members: a ZIP file without extensions counts them with 16 bits. */
    LIMIT_EXHIBIT_MEMBERS = 65535,
    /* Its segments: their numbers have four digits. A day of ten-second spans
     * has 8,640. */
    LIMIT_EXHIBIT_SEGMENTS = 10000,
    /* Its claims, its definitions and its ladder as text, each: parsed as JSON
     * they need some ten times as much. */
    LIMIT_EXHIBIT_JSON_BYTES = 16 << 20,
    /* Its claims. */
    LIMIT_EXHIBIT_CLAIMS = 65536,
    /* Remotes in its ladder: each needs 8 kB. */
    LIMIT_EXHIBIT_LADDER = 4096,
    /* A segment at rest: its data, and 200 bytes for each record and remote. */
    LIMIT_REST_BYTES = 1 << 30 | 200 << 20,
    /* Segments of one sealed file: a file of single packets on as many days has
     * half of it. */
    LIMIT_FILE_SEGMENTS = 131072,
    /* Days of one run, each of which gets a key of its own in the home. */
    LIMIT_RUN_EPOCHS = 36525,
    /* Sealed files of a home that are looked through. */
    LIMIT_SEALED_FILES = 1 << 20,
    /* config.json: 64 networks and 8 authorities have 45 kB at most. */
    LIMIT_CONFIG_BYTES = 65536,
    /* A key file: the longest name and a box around its key have 2 kB. */
    LIMIT_KEY_FILE_BYTES = 16384,
    /* A passphrase; it is hashed, so more would gain nothing. */
    LIMIT_PASSPHRASE_BYTES = 1024,
    /* What a key file may make us compute before the passphrase is known to be
     * right: four times the passes and the memory that we use. */
    LIMIT_LOCK_PASSES = 12,
    LIMIT_LOCK_BYTES = 1 << 30,
    /* Timestamps of one checkpoint, and checkpoints that have any: one an hour
     * for a century. */
    LIMIT_STAMPS = 64,
    LIMIT_STAMPED = 1 << 20,
    /* Keys of one epoch: one a run, while the opening key is elsewhere. */
    LIMIT_EPOCH_KEYS = 10000,
};
