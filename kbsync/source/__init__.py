"""Source files as values (design 3.2): read strictly, every problem with its place; changed by splicing bytes.

`yamlio` reads YAML with positions, `page` parts front matter from text, `fields` and `title` read the keys,
`document` and `index` are one file each, `tree` is all of them together; `splice` puts an id into a file, `edit`
the values a person chose from Freshdesk.
"""
