"""The configuration: every setting declared once, what checks what a user gives, and the reference."""
