"""The render room: documents in, the desired snapshot out. No disk, no network, no clock."""

from kbsync.render.page import Page
from kbsync.render.project import RENDERER_VERSION, Desired, render_document, render_project
from kbsync.render.site import AssetFile, Facts

__all__ = ["RENDERER_VERSION", "AssetFile", "Desired", "Facts", "Page", "render_document", "render_project"]
