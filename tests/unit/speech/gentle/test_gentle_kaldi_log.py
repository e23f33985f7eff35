from __future__ import annotations

import pytest

from syncline.speech.gentle.kaldi_log import MAX_LINES, KaldiLog

TERMINATE = "terminate called after throwing an instance of 'std::runtime_error'"


def log_of(*lines: str) -> KaldiLog:
    log = KaldiLog()
    for line in lines:
        log.record(line)
    return log


def test_the_reason_is_kaldis_error_and_not_what_follows_it() -> None:
    error = "ERROR (k3[5.4]:ReadFstKaldi():kaldi-fst-io.cc:35) Reading FST: error reading FST header"
    log = log_of("WARNING (k3[5.4]:f()) skipped", error, "[ Stack-Trace: ]", "k3() [0x55]", TERMINATE, "  what():  ")
    assert log.reason == error
    assert not log.out_of_memory


def test_an_exception_without_a_message_is_named() -> None:
    assert log_of(TERMINATE, "  what():  ").reason == TERMINATE
    assert log_of().reason == ""


@pytest.mark.parametrize(
    "line",
    [
        "  what():  std::bad_alloc",
        "OpenBLAS blas_thread_init: pthread_create failed for thread 1 of 2: Resource temporarily unavailable",
        "OpenBLAS : Program is Terminated. Because you tried to allocate too many memory regions.",
        "ERROR (k3[5.4]:f()) Cannot allocate 100 bytes",
    ],
)
def test_messages_about_memory_are_recognised(line: str) -> None:
    log = log_of(TERMINATE, line)
    assert log.out_of_memory
    assert log.reason == line.strip()


def test_noise_does_not_displace_the_reason() -> None:
    error = "ASSERTION_FAILED (k3[5.4]:Value()) : '(row < num_rows)'"
    log = log_of(error, *["unknown command "] * 1000, *["WARNING (k3[5.4]:f()) at every decode"] * 1000)
    assert log.reason == error


def test_the_log_is_bounded() -> None:
    assert len(log_of(*["k3() [0x55]"] * 1000).lines) == MAX_LINES


def test_the_launchers_report_of_a_death_is_read() -> None:
    assert log_of("k3 died (killed by SIGABRT)").death == ("k3", "killed by SIGABRT")
    assert log_of("the word k3 died").death is None
