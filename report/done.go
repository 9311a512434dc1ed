package report

import (
	"slices"

	"github.com/drplan/drplan/engine"
)

// Done reports whether the run shows anything of how recovery goes: it ended, well or
// badly. What was refused, cancelled or broken off has shown nothing.
func (s *Summary) Done() bool {
	return s.Result == Succeeded || s.Result == Failed && !s.ProcedureRefused()
}

// ProcedureRefused reports whether a check kept the run from beginning its procedure:
// none of its steps ran.
func (s *Summary) ProcedureRefused() bool {
	ran := slices.ContainsFunc(s.Steps, func(st Step) bool { return st.Phase == string(engine.PhaseProcedure) && st.begun })
	return !ran && slices.ContainsFunc(s.RootCauses, func(c Cause) bool { return c.Status == "refused" })
}
