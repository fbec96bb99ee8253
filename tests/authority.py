# tests/authority.py - a timestamp authority (RFC 3161) that openssl plays, in a folder
# of its own: a root, a certificate under it, and answers.
import os
import subprocess

CONFIG = """
[tsa]
default_tsa = t1
[t1]
dir = .
serial = tsa.serial
signer_cert = tsa.crt
certs = ca.crt
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
tsa_name = yes
ordering = yes
"""


class Authority:
    def __init__(self, folder, root="Test root", name="Test authority"):
        self.folder = folder
        self.ca = self.path("ca.crt")
        os.makedirs(folder, exist_ok=True)
        for file, text in (("tsa.cnf", CONFIG), ("tsa.serial", "01\n"),
                           ("eku", "extendedKeyUsage=critical,timeStamping\n")):
            with open(self.path(file), "w", encoding="ascii") as f:
                f.write(text)
        ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self.openssl("req", "-x509", *ec, "-keyout", "ca.key", "-out", "ca.crt", "-subj",
                     f"/CN={root}", "-days", "2")
        self.openssl("req", *ec, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/CN={name}")
        self.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                     "-CAcreateserial", "-out", "tsa.crt", "-days", "2", "-extfile", "eku")

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *args):
        done = subprocess.run(["openssl", *args], cwd=self.folder, capture_output=True, check=False,
                              timeout=60)
        assert done.returncode == 0, f"openssl {args}: {done.stderr.decode()}"
        return done.stdout

    def reply(self, query, to):
        """The answer to a request, both in files."""
        self.openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "t1", "-queryfile",
                     os.path.abspath(query), "-out", os.path.abspath(to))

    def answer(self, query):
        """The same in bytes."""
        with open(self.path("q.tsq"), "wb") as f:
            f.write(query)
        self.reply(self.path("q.tsq"), self.path("r.tsr"))
        with open(self.path("r.tsr"), "rb") as f:
            return f.read()

    def stamp(self, file):
        """A stamp of a file that openssl asks for: the path of the answer."""
        query, to = self.path("stamp.tsq"), self.path("stamp.tsr")
        self.openssl("ts", "-query", "-data", os.path.abspath(file), "-sha256", "-cert", "-out",
                     query)
        self.reply(query, to)
        return to
