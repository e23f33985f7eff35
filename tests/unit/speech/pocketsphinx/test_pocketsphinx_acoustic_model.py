import numpy as np

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import (
    BEGIN,
    DENSITIES,
    END,
    INTERNAL,
    SINGLE,
    STREAMS,
    SenoneScorer,
    back_off,
    shared_model,
)
from syncline.speech.pocketsphinx.band_reconstruction import compute_cepstra


def test_frame_count_is_the_number_of_frames_computed(hello_samples: np.ndarray) -> None:
    for count in (0, 409, 410, 569, 570, 16_000, 40_001):
        piece = hello_samples[:count]
        assert len(compute_cepstra(piece)[0]) == features.frame_count(count)


def test_spectra_do_not_depend_on_the_block(hello_samples: np.ndarray) -> None:
    long = np.tile(hello_samples, 4)
    spectrum = features.mel_spectrum(long)
    begin = 1_990 * features.HOP  # across the end of the first block
    alone = features.mel_spectrum(long[begin - features.HOP : begin + 8_000])

    np.testing.assert_allclose(spectrum[1_990:2_020], alone[1:31], rtol=1e-3)


def test_noise_is_estimated_and_the_lost_deviation_restored(hello_samples: np.ndarray) -> None:
    hiss = np.random.default_rng(1).normal(0, 700, len(hello_samples)).astype(np.int16)
    clean, noise_of_clean = features.normalise(compute_cepstra(hello_samples)[0])
    noisy, noise_of_noisy = features.normalise(compute_cepstra(hello_samples // 2 + hiss)[0])

    assert noise_of_clean < 0.2 < noise_of_noisy
    assert abs(noisy.mean()) < 1e-3
    assert noisy.std(axis=0).mean() > 0.7 * clean.std(axis=0).mean()


def test_noise_suppression_remembers_from_block_to_block() -> None:
    block, spectrum = features._BLOCK_FRAMES, np.random.default_rng(0).uniform(1, 1e6, (5_000, 25)).astype(np.float32)

    whole = features.log_mel_spectrum(spectrum)
    start = features.log_mel_spectrum(spectrum[: block + 100])

    assert len(spectrum) > 2 * block
    np.testing.assert_allclose(start, whole[: block + 100], atol=1e-4)
    assert np.abs(features.log_mel_spectrum(spectrum[block:]) - whole[block:]).max() > 0.1


def test_differences_of_a_ramp() -> None:
    ramp = np.arange(20, dtype=np.float32)[:, None] * np.ones((1, 13), np.float32)

    cepstra, first, second = features.with_differences(ramp)

    assert (cepstra == ramp).all()
    assert (first[5:-5] == 4).all()
    assert (second[5:-5] == 0).all()


def test_scores_are_log_likelihoods_of_the_mixtures(hello_samples: np.ndarray) -> None:
    model = shared_model()
    senones = np.array([5, 700, 3_000, 5_125], np.int32)
    streams = features.with_differences(features.normalise(compute_cepstra(hello_samples[:16_000])[0])[0])

    scores = SenoneScorer(model, senones).score(streams).T

    expected = np.zeros_like(scores, np.float64)
    for column, senone in enumerate(senones):
        for stream in range(STREAMS):
            values = streams[stream].astype(np.float64)
            rows = np.concatenate([values, values**2, np.ones((len(values), 1))], axis=1)
            unit = np.log(2) / 2**23
            densities = rows @ (model.gaussians[model.phone_of_senone[senone], stream].astype(np.float64) * unit).T
            assert densities.shape[1] == DENSITIES
            weighted = densities + np.log(model.mixture_weights[senone, stream].astype(np.float64))
            expected[:, column] += np.logaddexp.reduce(weighted, axis=1)
    np.testing.assert_allclose(scores, expected, atol=0.2)


def test_every_phone_has_senones_in_every_context() -> None:
    definition = shared_model().definition

    assert len(definition.phones) == 42
    assert (shared_model().phone_of_senone >= 0).all()
    assert definition.senones(3, 5, 7, INTERNAL).shape == (3,)


def test_an_unseen_triphone_backs_off_to_another_position_and_then_to_its_phone() -> None:
    seen = np.full((4, 2, 2, 2), -1, np.int32)
    seen[BEGIN, 0, 1, 1] = 10
    seen[END, 0, 1, 1] = 11
    seen[SINGLE, 0, 1, 0] = 12

    filled = back_off(seen, context_independent=np.array([0, 1], np.int32))

    assert filled[:, 0, 1, 1].tolist() == [11, 10, 11, 11]  # in the order of positions: internal, begin, end, single
    assert filled[:, 0, 1, 0].tolist() == [12, 12, 12, 12]
    assert filled[:, 1, 0, 0].tolist() == [1, 1, 1, 1]
