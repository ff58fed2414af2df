"""The agenda (期限表): what stands open at a contract, in the words and order in which people deal with it."""
