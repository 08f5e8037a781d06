"""Pages of those who keep casebridge going."""
