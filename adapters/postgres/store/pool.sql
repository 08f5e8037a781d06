-- name: limit_transactions
select set_config('transaction_timeout', %(transaction_timeout)s, false)
where current_setting('transaction_timeout', true) = '0'
