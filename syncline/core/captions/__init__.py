"""Captions: cues in the spoken language and in translations, and the rules that they follow."""
