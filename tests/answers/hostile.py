"""What must never arrive in a project: control characters, and Jinja."""

CONTROL = ["a\nb", "a\rb", "a\tb", "a\x00b", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b",
           "a\ud800b", "a\ufffeb", "a\u202eb"]  # fmt: skip
JINJA = ["{{ 7*7 }}", "{% if %}", "{# x #}", "a {{", "{%", "{{ cookiecutter }}",
         "{{ ''.__class__.__mro__ }}", "{{ cookiecutter | tojson }}", "{{ cookiecutter | nope }}",
         "{{ cookiecutter | check }}", "{{cookiecutter.project_slug}}",
         "{{ cookiecutter.project_slug | module }}", "{% raw %}{{ x }}{% endraw %}"]  # fmt: skip
