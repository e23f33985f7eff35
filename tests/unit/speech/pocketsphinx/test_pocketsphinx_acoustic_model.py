import numpy as np

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import DENSITIES, STREAMS, shared_model
from syncline.speech.pocketsphinx.band_reconstruction import listen


def test_frames_are_counted_as_they_are_made(hello_samples: np.ndarray) -> None:
    for count in (0, 409, 410, 569, 570, 16_000, 40_001):
        piece = hello_samples[:count]
        assert len(listen(piece)[0]) == features.frame_count(count)


def test_blocks_make_no_seams(hello_samples: np.ndarray) -> None:
    long = np.tile(hello_samples, 4)
    spectrum = features.mel_spectrum(long)
    begin = 1_990 * features.HOP  # across the end of the first block
    alone = features.mel_spectrum(long[begin - features.HOP : begin + 8_000])

    np.testing.assert_allclose(spectrum[1_990:2_020], alone[1:31], rtol=1e-3)


def test_noise_is_noticed_and_its_spread_restored(hello_samples: np.ndarray) -> None:
    hiss = np.random.default_rng(1).normal(0, 700, len(hello_samples)).astype(np.int16)
    clean, noise_of_clean = features.normalise(listen(hello_samples)[0])
    noisy, noise_of_noisy = features.normalise(listen(hello_samples // 2 + hiss)[0])

    assert noise_of_clean < 0.2 < noise_of_noisy
    assert abs(noisy.mean()) < 1e-3
    assert noisy.std(axis=0).mean() > 0.7 * clean.std(axis=0).mean()


def test_slopes_of_a_ramp() -> None:
    ramp = np.arange(20, dtype=np.float32)[:, None] * np.ones((1, 13), np.float32)

    static, first, second = features.with_slopes(ramp)

    assert (static == ramp).all()
    assert (first[5:-5] == 4).all()
    assert (second[5:-5] == 0).all()


def test_scores_are_the_logarithms_of_the_mixtures(hello_samples: np.ndarray) -> None:
    model = shared_model()
    senones = np.array([5, 700, 3_000, 5_125], np.int32)
    streams = features.with_slopes(features.normalise(listen(hello_samples[:16_000])[0])[0])

    scores = model.scorer(senones).score(streams)

    expected = np.zeros_like(scores, np.float64)
    for column, senone in enumerate(senones):
        for stream in range(STREAMS):
            values = streams[stream].astype(np.float64)
            rows = np.concatenate([values, values**2, np.ones((len(values), 1))], axis=1)
            unit = np.log(2) / 2**23
            densities = rows @ (model.gaussians[model.codebook[senone], stream].astype(np.float64) * unit).T
            assert densities.shape[1] == DENSITIES
            weighted = densities + np.log(model.mixtures[stream, senone].astype(np.float64))
            expected[:, column] += np.logaddexp.reduce(weighted, axis=1)
    np.testing.assert_allclose(scores, expected, atol=0.2)


def test_every_sound_in_every_context_has_states() -> None:
    topology = shared_model().topology

    assert len(topology.sounds) == 42
    assert (shared_model().codebook >= 0).all()
    assert topology.senones(3, 5, 7, 0).shape == (3,)
