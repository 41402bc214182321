"""One module a policy: its docstring is the rule, `findings(plan)` yields (resource, what is wrong)."""
