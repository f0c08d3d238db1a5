"""The bulletin: one page that says in words what a published week's figures say, and the papers that go with it.

Belongs here: facts of a published week, statements that follow from them, documents made of statements (the weekly page,
the message, the monthly compile, a unit's sheet, the overview of procedures), and writing a document as HTML, PDF and DOCX.
Does not belong here: computing a figure that was not published, the site (publishing/site), any wording without a figure.

    facts, counted  ->  statements, unit_statements, targets  ->  weekly, message, monthly, sheet, procedures
                    ->  document  ->  html, pdf, word  ->  writing
"""
