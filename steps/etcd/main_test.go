package etcd

import (
	"testing"

	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }
