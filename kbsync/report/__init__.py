"""Findings, Plan and Outcomes as people and programs read them. Pure: text in colour or without, or JSON values.

Every text from outside (titles, bodies, replies) goes through `style.plain`, so that nothing in it can steer a
terminal.
"""
