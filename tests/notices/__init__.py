"""Notices: routes, the record, digests, words, messages to leaders."""
