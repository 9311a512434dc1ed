package lint

// Groups lists every rule. The order is that of the documentation.
var Groups = []Group{
	{"Objectives", []*Rule{
		&backupFrequency,
	}},
	{"Testing", []*Rule{
		&procedureUntested,
	}},
	{"Procedures", []*Rule{}},
	{"Pitfalls", []*Rule{
		&etcdctlRestore,
	}},
	{"Safety", []*Rule{
		&unpinnedCluster,
	}},
	{"History", []*Rule{
		&rtoPredicted,
	}},
}
