"""Links between objects of the knowledge base, before and after their addresses are known.

In a desired body such a link is `<a href="kbsync:KEY#anchor">`. It holds once the server says that its target
is public; until then it is sent as plain text (P9), and completed by one more write.
"""
