package velero

import (
	"testing"

	"github.com/drplan/drplan/steps/stepstest"
)

func TestRestoreIsDescribed(t *testing.T) { stepstest.Describe(t, Restore()) }
