"""`syncline translate-server` in its own process, over HTTP."""

import contextlib
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import urllib3

from syncline.cli.translate_server import run_translate_server
from syncline.core.errors import SettingsError

LIFE = "Life is like a box of chocolates."
LIFE_JA = "人生はチョコレートの箱のようなものだ。"
PROGRAM = """
import json, resource, sys
from syncline.cli.translate_server import run_translate_server
options = json.loads(sys.argv[1])
if files := options.pop("open_files", None):
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
run_translate_server(model="m2m100-toy", **options)
"""


class Server:
    def __init__(self, **options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        arguments = json.dumps({"port": self.port, **options})
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, arguments], stderr=subprocess.PIPE, env=dict(os.environ, SYNCLINE_MODELS="")
        )
        self.http = urllib3.PoolManager(retries=False, maxsize=50)
        deadline = time.monotonic() + 90
        while True:
            try:
                assert self.get("/health").status == 200
                return
            except urllib3.exceptions.HTTPError:
                assert self.process.poll() is None, self.process.stderr.read().decode()
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def get(self, path):
        return self.http.request("GET", f"http://127.0.0.1:{self.port}{path}")

    def post(self, document, **options):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.http.request("POST", f"http://127.0.0.1:{self.port}/translation", body=data, **options)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.log = self.process.communicate(timeout=90)[1].decode()
        self.http.clear()
        return self.process.returncode


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    assert server.stop() == 0


def request(*records, source="en", target="ja"):
    return {"payload": {"fromLang": source, "toLang": target, "records": list(records)}}


def record(name, text=LIFE):
    return {"id": name, "text": text}


def test_the_documented_example(server):
    answer = server.post(request(record("123")))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"result": [{"id": "123", "text": LIFE_JA}]}


def test_a_record_of_several_sentences_loses_none(server):
    answer = server.post(request(record("1", f"{LIFE} Hello, world!\n\nGift")))
    assert answer.json()["result"][0]["text"] == f"{LIFE_JA}こんにちは、世界。\n\n贈り物"


def test_records_keep_their_order_ids_and_blanks(server):
    answer = server.post(request(record("b"), record("a", " "), record("c", "42"), record("d", "Gift"), target="de"))
    assert [(r["id"], r["text"]) for r in answer.json()["result"]] == [
        ("b", "Das Leben ist wie eine Schachtel Pralinen."),
        ("a", " "),
        ("c", "42"),
        ("d", "Geschenk"),
    ]


def test_a_request_without_records_is_valid(server):
    assert server.post(request()).json() == {"result": []}


@pytest.mark.parametrize(
    ("document", "status", "code", "field"),
    [
        (b"{", 400, "invalid_json", None),
        ({"payload": {}}, 400, "missing_field", "payload.fromLang"),
        (request(record("1"), target="jp"), 400, "unknown_language", "payload.toLang"),
        (request(record("1"), record("1")), 400, "duplicate_id", "payload.records[1].id"),
        (request(record("\ud800")), 400, "not_text", "payload.records[0].id"),
        (request({"id": "1", "text": 5}), 400, "wrong_type", "payload.records[0].text"),
        (request(*(record(str(i)) for i in range(257))), 400, "too_many_records", "payload.records"),
        (b" " * 1_000_001, 413, "too_large", None),
    ],
)
def test_an_invalid_request_is_a_problem_that_names_its_field(server, document, status, code, field):
    answer = server.post(document)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"], problem.get("field")) == (status, code, field)
    assert problem["detail"]


def test_a_compressed_body_is_refused_with_a_hint(server):
    body = gzip.compress(json.dumps(request(record("1"))).encode())
    answer = server.post(body, headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.json()["code"]) == (415, "unsupported_encoding")
    assert answer.headers["Accept-Encoding"] == "identity"
    assert "uncompressed" in answer.json()["hint"]
    assert server.post(request(record("1")), headers={"Content-Encoding": "identity"}).status == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/translation", 405), ("GET", "/nothing", 404)])
def test_other_addresses_are_problems(server, method, path, status):
    answer = server.http.request(method, f"http://127.0.0.1:{server.port}{path}")
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_health_reports_the_toy(server):
    health = server.get("/health").json()
    assert (health["status"], health["model"], health["toy"]) == ("ok", "m2m100-toy", True)


def test_metrics_count_requests_records_and_batches(server):
    server.post(request(record("1"), record("2", "Hello, world!")))
    server.post(b"{")
    metrics = server.get("/metrics").data.decode()
    assert 'syncline_translation_requests_total{status="200"}' in metrics
    assert 'syncline_translation_requests_total{status="400"}' in metrics
    assert "syncline_translation_waiting_records 0.0" in metrics
    assert "syncline_translation_batch_records_bucket" in metrics


def test_an_idle_connection_is_kept(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    client.auto_open = False  # no silent reconnect
    client.connect()
    try:
        for pause in (0, 6):  # uvicorn's default closes it after five seconds
            time.sleep(pause)
            client.request("GET", "/health")
            assert json.load(client.getresponse())["status"] == "ok"
    finally:
        client.close()


def test_concurrent_requests_get_their_own_answers(server):
    texts = {"Hello, world!": "こんにちは、世界。", LIFE: LIFE_JA, "Gift": "贈り物"}
    wrong = []

    def ask(number):
        text, translation = list(texts.items())[number % 3]
        answer = server.post(request(record(str(number), text))).json()
        if answer != {"result": [{"id": str(number), "text": translation}]}:
            wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


LONG = [record(str(number), f"{number} " + "and so it goes on, " * 60) for number in range(30)]


def test_a_full_queue_answers_429_with_retry_after():
    server = Server(queue=1, threads=1)
    try:
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(server.post(request(*LONG)))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [answer for answer in answers if answer.status == 429]
        assert refused
        assert {answer.status for answer in answers} == {200, 429}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
        assert refused[0].json()["code"] == "queue_full"
    finally:
        server.stop()


def test_a_request_past_its_deadline_is_504():
    server = Server(deadline_seconds=0.05, threads=1)
    try:
        answer = server.post(request(*LONG))
        assert (answer.status, answer.json()["code"]) == (504, "deadline_exceeded")
    finally:
        server.stop()


HEAD_OF_HALF = b"POST /translation HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"


def test_a_request_that_never_ends_is_408():
    server = Server(deadline_seconds=0.2)
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(HEAD_OF_HALF)
            answer = b""
            while b"}" not in answer:
                answer += client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"slow_body"' in answer
    finally:
        server.stop()


HALF_A_HEAD = b"POST /translation HTTP/1.1\r\nHost: loc"


def test_a_request_head_that_never_ends_is_cut_off():
    server = Server(head_seconds=0.5)
    try:
        kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
                kept.request("GET", "/health")
                assert kept.getresponse().read()
                client.sendall(HALF_A_HEAD)
                with contextlib.suppress(ConnectionResetError):
                    assert client.recv(1000) == b""
        kept.sock.sendall(HALF_A_HEAD)  # the deadline holds for later requests of a connection too
        with contextlib.suppress(ConnectionResetError):
            assert kept.sock.recv(1000) == b""
        kept.close()
    finally:
        assert server.stop() == 0


def test_half_sent_heads_do_not_use_up_the_connections():
    server = Server(open_files=256, head_seconds=3600)
    clients = []
    try:
        for _ in range(400):
            clients.append(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            clients[-1].sendall(HALF_A_HEAD)
        assert server.get("/health").status == 200
        assert server.post(request(record("1"))).status == 200
    finally:
        for client in clients:
            client.close()
        assert server.stop() == 0
    assert "Too many open files" not in server.log


def test_a_client_that_leaves_while_sending_is_not_an_error_of_the_server():
    server = Server()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(HEAD_OF_HALF)
    deadline = time.monotonic() + 60
    while 'requests_total{status="499"} 1.0' not in server.get("/metrics").data.decode():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert server.stop() == 0
    assert "Traceback" not in server.log


def test_a_port_in_use_is_reported_before_the_model_is_loaded(server):
    with pytest.raises(SettingsError, match=f"listen at 127.0.0.1, port {server.port}: Address already in use"):
        run_translate_server(model="no-such-model", port=server.port)


def test_the_request_of_a_client_that_left_is_dropped():
    server = Server(threads=1)
    try:
        body = json.dumps(request(*LONG)).encode()
        head = f"POST /translation HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(head.encode() + body)
            while not server.get("/health").json()["waiting"]:
                time.sleep(0.01)
        deadline = time.monotonic() + 90
        while 'requests_total{status="499"} 1.0' not in server.get("/metrics").data.decode():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        server.stop()


def test_sigterm_answers_accepted_requests_and_exits_cleanly():
    server = Server(threads=1)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.post(request(*LONG))))
    asking.start()
    while not server.get("/health").json()["waiting"]:
        time.sleep(0.01)
    assert server.stop() == 0
    asking.join()
    assert answers[0].status == 200
    assert len(answers[0].json()["result"]) == len(LONG)
