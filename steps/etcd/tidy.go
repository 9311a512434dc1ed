package etcd

import (
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// Tidy removes what the members' commands wrote.
func (s *restoreStep) Tidy(in *steps.Run) error { return process.Tidy(in.Dir) }

// Tidy removes what the member's commands wrote.
func (s *replaceStep) Tidy(in *steps.Run) error { return process.Tidy(in.Dir) }
