package lint

// Groups lists every rule. The order is that of the documentation.
var Groups = []Group{
	{"Objectives", []*Rule{
		&backupFrequency,
	}},
	{"Testing", []*Rule{
		&procedureUntested,
	}},
	{"Procedures", []*Rule{
		&noVerification,
		&unverifiedDestruction,
		&unreachableStep,
		&constantWhen,
		&unusedParam,
		&unusedID,
		&redundantNeeds,
		&retryNotIdempotent,
		&commandTimeout,
		&pipeWithoutPipefail,
		&scriptSyntax,
		&ignoredFailure,
		&sleepInCommand,
		&interactiveCommand,
		&curlWithoutFail,
		&contextMissing,
		&typedStepRule,
		&durationForm,
	}},
	{"Pitfalls", []*Rule{
		&etcdctlRestore,
		&etcdBumpRevision,
		&etcdBumpBesideRunning,
		&etcdOneMember,
		&etcdOneSnapshot,
		&etcdInitialToken,
		&etcdDataDir,
		&etcdSkipHashCheck,
		&etcdCopiedDB,
		&etcdRestartControlPlane,
		&etcdEncryptionConfig,
	}},
	{"Safety", []*Rule{
		&unpinnedCluster,
	}},
}
