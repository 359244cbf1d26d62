"""What a create would double, and what only looks like it."""

from __future__ import annotations

from helpcentre import HelpCentre, article


def test_a_sub_folder_of_that_name_in_another_folder_is_not_ours(centre: HelpCentre) -> None:
    centre.write(article("content/C/F/x.md"), article("content/C/G/y.md"))
    centre.run()
    category = centre.sandbox.store.categories("en")[0].id
    theirs = centre.people.create_folder(category, "Install", parent_id=centre.folder("F"))
    centre.clock.now += 60
    centre.write(article("content/C/F/x.md"), article("content/C/G/y.md"), article("content/C/G/Install/z.md"))

    centre.run()

    rows = {row.id: row for row in centre.sandbox.store.folders("en")}
    home = rows[centre.row("z").folder_id]
    assert (home.name, home.parent_id, home.id != theirs) == ("Install", centre.folder("G"), True)
