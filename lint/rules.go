package lint

// Groups lists every rule. The order is that of the documentation.
var Groups = []Group{
	{"Objectives", []*Rule{
		&backupFrequency,
		&rtoPlanned,
		&rtoTimeouts,
		&strategyObjective,
		&objectiveUnused,
		&objectiveMissing,
		&noObjectives,
		&objectiveIncomplete,
		&backupMissing,
		&retentionTooShort,
		&retentionTestPeriod,
		&tierDefaults,
	}},
	{"Testing", []*Rule{
		&noDrills,
		&procedureUntested,
		&testFrequency,
		&testDates,
		&testOverdue,
		&drillWithoutDisaster,
		&drillCannotFail,
		&drillWithoutCanary,
		&drillWithoutCleanup,
		&planChanged,
	}},
	{"Procedures", []*Rule{}},
	{"Pitfalls", []*Rule{
		&etcdctlRestore,
	}},
	{"Safety", []*Rule{
		&unpinnedCluster,
		&unpinnedHost,
		&unusedCluster,
		&unusedHost,
		&secretInPlan,
		&credentialsInURL,
		&plaintextEndpoint,
		&tlsSkipped,
		&singleRegion,
		&singleAccount,
		&contactMissing,
		&contactSamePerson,
	}},
	{"History", []*Rule{
		&rtoPredicted,
	}},
}
