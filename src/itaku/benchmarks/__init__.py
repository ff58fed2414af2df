"""What a certificate, an issuance and the record cost, each measured by one command beside what it is compared with."""
