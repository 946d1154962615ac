package admin_test

import (
	"testing"

	"gatehouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Run(m) }
