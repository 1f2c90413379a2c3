"""`make demo`: the whole stack, and a story played on it through the official Firebase JS client.

The story itself is JavaScript, since that is what the client is; `play` starts it on a stack.
"""
