"""The desk (委託の机): the pages that the officer and the contractor's manager open every morning.

It holds no rule of law and no sum: it asks the contracts, the record and the settlement, and shows what they say.
"""
